"""The dashboard and the alert rules name metrics that the program has."""
import json
import re
import shutil
import subprocess
import unittest

import service
import shop
import yaml

MONITORING = shop.ROOT / "packaging/monitoring"
RULES = MONITORING / "prometheus-alerts.yaml"
FUNCTIONS = {"rate", "sum", "min_over_time", "max_over_time", "histogram_quantile", "by", "and", "label_values"}
OF_PROMETHEUS = {"up", "instance", "job"}


def parts(expression):
    """(metrics, {metric: labels}, other words) of an expression in the part of PromQL that we use."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    labels = {metric: set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", inside)) for metric, inside in re.findall(r"(\w+)\{([^}]*)\}", bare)}
    grouped = {label.strip() for inside in re.findall(r"\bby \(([^)]*)\)", bare) for label in inside.split(",")}
    words = set(re.findall(r"[a-zA-Z_]\w*", re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)", " ", bare)))
    return {word for word in words if "_" in word and word not in FUNCTIONS}, labels, grouped, {word for word in words if "_" not in word} - FUNCTIONS


class MonitoringTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = service.shared()
        running.search(shop.noise(1))
        cls.metrics = {}
        for line in running.get("/metrics").body.decode().splitlines():
            found = re.match(r"(\w+)(?:\{(.*)\})? ", line)
            if found and not line.startswith("#"):
                cls.metrics.setdefault(found[1], set()).update(re.findall(r'(\w+)="', found[2] or ""))

    def check(self, expression):
        self.assertEqual([expression.count(c) for c in "({["], [expression.count(c) for c in ")}]"], expression)
        metrics, labels, grouped, others = parts(expression)
        self.assertLessEqual(others, OF_PROMETHEUS, expression)
        self.assertTrue(metrics or others, expression)
        for metric in metrics:
            self.assertIn(metric, self.metrics, expression)
        for metric, names in labels.items():
            self.assertLessEqual(names, self.metrics.get(metric, set()) | OF_PROMETHEUS, expression)
        known = set().union(*(self.metrics[metric] for metric in metrics)) | OF_PROMETHEUS
        self.assertLessEqual(grouped, known, expression)

    # features: I6
    def test_alert_rules_name_metrics_that_there_are(self):
        rules = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
        self.assertEqual(len({rule["alert"] for rule in rules}), len(rules))
        for rule in rules:
            self.check(rule["expr"])
            self.assertRegex(rule["for"], r"^\d+[smhd]$")
            self.assertIn(rule["labels"]["severity"], ("page", "ticket"))
            self.assertEqual(set(rule["annotations"]), {"summary", "remedy"})
        if shutil.which("promtool"):
            self.assertEqual(subprocess.run(["promtool", "check", "rules", RULES], capture_output=True).returncode, 0)

    # features: I6
    def test_the_dashboard_shows_metrics_that_there_are(self):
        dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
        shown = set()
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                self.check(target["expr"])
                shown |= parts(target["expr"])[0]
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}), len(dashboard["panels"]))
        self.assertGreater(len(shown), 10)


if __name__ == "__main__":
    unittest.main()
