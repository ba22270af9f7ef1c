"""Query log and events: what is kept of searches, and what becomes of what browsers send."""
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import contract
import service
import shop


def send(running, body, content_type="application/json"):
    answer = running.ask("POST", "/api/v1/events", body if isinstance(body, str) else json.dumps(body), {"Content-Type": content_type})
    contract.check("POST", "/api/v1/events", answer)
    return answer


def entries(running, outcome):
    found = re.search(rf'nozama_activity_entries_total{{outcome="{outcome}"}} ([0-9.e+]+)', running.get("/metrics").body.decode())
    return float(found.group(1))


class EventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = service.shared()

    # features: H2
    def test_every_search_has_an_id_of_its_own_and_is_written_down(self):
        before = entries(self.service, "written")
        answers = [self.service.search(shop.noise(3)), self.service.search(shop.noise(3)), self.service.search_json(product_id="rings-1")]
        answers.append(self.service.get("/api/v1/products", text="rings"))
        for method, path, answer in zip(["POST"] * 3 + ["GET"], ["/api/v1/search"] * 3 + ["/api/v1/products"], answers):
            contract.check(method, path, answer)
        self.assertEqual(len({answer.json["query"]["id"] for answer in answers}), 4)
        self.assertNotIn("query", self.service.get("/api/v1/products").json)
        self.assertTrue(service.wait_until(lambda: entries(self.service, "written") >= before + 4))
        self.assertEqual(entries(self.service, "dropped"), 0)

    # features: H2
    def test_events_of_a_search_are_taken(self):
        before = entries(self.service, "written")
        query = self.service.search_json(product_id="rings-1").json["query"]["id"]
        kinds = ["click", "view", "cart", "order", "favourite"]
        answer = send(self.service, {"events": [{"kind": kind, "product_id": "rings-2", "query_id": query, "position": 1} for kind in kinds]})
        self.assertEqual((answer.status, answer.json["accepted"]), (202, 5))
        self.assertEqual(send(self.service, {"events": [{"kind": "view", "product_id": "not in the shop"}]}).status, 202)
        self.assertTrue(service.wait_until(lambda: entries(self.service, "written") >= before + 7))

    # features: H2
    def test_bad_events_are_refused_whole_and_the_answer_names_what_is_wrong(self):
        good = {"kind": "click", "product_id": "rings-1"}
        cases = [
            ("{", "bad_json", "events"),
            ([good], "bad_json", "events"),
            ({"events": [good], "more": 1}, "bad_json", "events"),
            ({"events": []}, "bad_event", "from 1 to 100"),
            ({"events": [good] * 101}, "bad_event", "101"),
            ({"events": [good, 7]}, "bad_event", "event 2"),
            ({"events": [{**good, "kind": "stare"}]}, "bad_event", "favourite"),
            ({"events": [{"kind": "click"}]}, "bad_event", "product_id"),
            ({"events": [{**good, "product_id": "a\u0000b"}]}, "bad_event", "product_id"),
            ({"events": [{**good, "query_id": "x" * 513}]}, "bad_event", "query_id"),
            ({"events": [{**good, "position": 0}]}, "bad_event", "position"),
            ({"events": [{**good, "position": 1.5}]}, "bad_event", "position"),
            ({"events": [{**good, "shopper": "Ann"}]}, "bad_event", "nothing else"),
        ]
        for body, code, words in cases:
            answer = send(self.service, body)
            self.assertEqual((answer.status, answer.json["code"]), (400, code), body)
            self.assertIn(words, answer.json["detail"])
        self.assertEqual(send(self.service, {"events": [good]}, "text/plain").status, 415)
        self.assertEqual(send(self.service, json.dumps({"events": [good]}) + " " * 70_000).status, 413)


def add_key(data, *flags, scope="analytics"):
    made = shop.run("key", "create", "--data", data, *flags, "--models", shop.MODELS, "--name", "a test", "--scope", scope, "--json")
    return {"Authorization": f"Bearer {json.loads(made.stdout)['secret']}"}


class AdminTest(unittest.TestCase):
    """A shop of its own: its log is what these tests have searched for."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-analytics-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        shutil.copytree(shop.data_dir(), cls.folder / "data")
        cls.key = add_key(cls.folder / "data")
        cls.start()
        # A new shop keeps no log.
        admin = {"Content-Type": "application/json", **add_key(cls.folder / "data", scope="admin")}
        assert json.loads(cls.service.ask("GET", "/api/v1/admin/query-log", None, cls.key).body) == {"enabled": False}
        cls.service.ask("PUT", "/api/v1/admin/query-log", '{"enabled": true}', admin)

    @classmethod
    def start(cls):
        cls.service = service.Service("--recall-sample-every", "1", data=cls.folder / "data")
        cls.addClassCleanup(cls.service.close)

    def ask(self, method, path, body=None, key=True):
        headers = dict(self.key if key else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self.service.ask(method, path, None if body is None else json.dumps(body), headers)
        if answer.status != 204:
            contract.check(method, path, answer)
        return answer

    def logged(self, query):
        self.assertTrue(service.wait_until(lambda: self.service.ask("GET", f"/api/v1/admin/queries/{query}", None, self.key).status == 200))
        return self.ask("GET", f"/api/v1/admin/queries/{query}").json

    # features: H2
    def test_the_log_is_for_those_with_the_scope_only(self):
        for method, path in [("GET", "queries"), ("GET", "queries/x"), ("POST", "queries/x/replay"), ("GET", "analytics"), ("GET", "recall"), ("GET", "query-log")]:
            self.assertEqual(self.ask(method, "/api/v1/admin/" + path, key=False).status, 401, path)
        orders = add_key(self.folder / "data", scope="orders")
        self.assertEqual(self.service.ask("GET", "/api/v1/admin/queries", None, orders).status, 403)

    # features: H2
    def test_a_search_is_in_the_log_with_its_timings_and_events_and_can_be_asked_again(self):
        answer = self.service.search(shop.noise(3), min_score=0).json
        query = self.service.search_json(product_id="rings-1", min_score=0).json["query"]["id"]
        send(self.service, {"events": [{"kind": "click", "product_id": "rings-2", "query_id": query, "position": 2}]})
        photo, product = self.logged(answer["query"]["id"]), self.logged(query)
        self.assertEqual((photo["kind"], photo["vector"], photo["text"]), ("photo", answer["query"]["vector"], None))
        self.assertEqual(photo["first_products"], [hit["product"]["id"] for hit in answer["results"]][:10])
        self.assertGreater(photo["timings_ms"]["encode"], 0)
        self.assertEqual((product["kind"], product["text"]), ("product", "rings-1"))
        self.assertTrue(service.wait_until(lambda: len(self.logged(query)["events"]) == 1))
        again = self.ask("POST", f"/api/v1/admin/queries/{query}/replay").json
        self.assertEqual(again["before"]["products"], product["first_products"])
        words = self.service.get("/api/v1/products", text="rings").json
        self.logged(words["query"]["id"])
        again = self.ask("POST", f"/api/v1/admin/queries/{words['query']['id']}/replay").json
        self.assertTrue(again["same"], again)
        self.assertEqual(self.ask("POST", "/api/v1/admin/queries/unknown/replay").json["code"], "unknown_query")

    # features: H2
    def test_the_log_is_paged_and_narrowed(self):
        empty = self.service.get("/api/v1/products", text="nothing is called so").json["query"]["id"]
        self.logged(empty)
        for _ in range(3):
            last = self.service.get("/api/v1/products", text="tiles").json["query"]["id"]
        self.logged(last)
        pages, after = [], ""
        while True:
            page = self.ask("GET", "/api/v1/admin/queries?limit=2" + (f"&after={after}" if after else "")).json
            pages += [query["id"] for query in page["queries"]]
            after = page.get("next")
            if not after:
                break
        self.assertEqual(len(pages), len(set(pages)))
        self.assertIn(empty, pages)
        without = self.ask("GET", "/api/v1/admin/queries?without_results=true&kind=text").json["queries"]
        self.assertIn(empty, [query["id"] for query in without])
        self.assertNotIn(last, [query["id"] for query in without])
        self.assertEqual(self.ask("GET", "/api/v1/admin/queries?slower_than_ms=1000000000").json["queries"], [])
        self.assertEqual(self.ask("GET", "/api/v1/admin/queries?after=x").json["code"], "bad_page")
        self.assertEqual(self.ask("GET", "/api/v1/admin/queries?limit=1000").json["code"], "bad_parameter")

    # features: H2
    def test_statistics_count_what_was_done(self):
        before = self.ask("GET", "/api/v1/admin/analytics").json
        query = self.service.search_json(product_id="rings-1", min_score=0).json["query"]["id"]
        kinds = ["click", "cart", "order"]
        send(self.service, {"events": [{"kind": kind, "product_id": "rings-2", "query_id": query, "position": 2} for kind in kinds]})
        self.assertTrue(service.wait_until(lambda: len(self.logged(query)["events"]) == 3))
        after = self.ask("GET", "/api/v1/admin/analytics").json
        self.assertGreater(after["searches"], before["searches"])
        self.assertEqual(after["converted_searches"], before["converted_searches"] + 1)
        self.assertEqual({kind: after["events"][kind] - before["events"][kind] for kind in kinds}, {"click": 1, "cart": 1, "order": 1})
        self.assertIn("rings-2", [product["product_id"] for product in after["top_products"]])
        self.assertEqual(self.ask("GET", "/api/v1/admin/analytics?from=1990-01-01&to=1990-01-02").json["searches"], 0)
        self.assertEqual(self.ask("GET", "/api/v1/admin/analytics?from=1990-01-01&to=2020-01-02").json["code"], "bad_range")
        for wrong in ("yesterday", "2026-02-30", "2026-1-1"):
            self.assertEqual(self.ask("GET", f"/api/v1/admin/analytics?from={wrong}").json["code"], "bad_parameter")

    # features: H2
    def test_nothing_is_kept_while_the_log_is_off(self):
        self.assertEqual(self.ask("PUT", "/api/v1/admin/query-log", {"enabled": False}).status, 403)
        admin = {"Content-Type": "application/json", **add_key(self.folder / "data", scope="admin")}

        def switch(enabled):
            answer = self.service.ask("PUT", "/api/v1/admin/query-log", json.dumps({"enabled": enabled}), admin)
            contract.check("PUT", "/api/v1/admin/query-log", answer)
            self.assertEqual(self.ask("GET", "/api/v1/admin/query-log").json, {"enabled": enabled})

        switch(False)
        try:
            before = entries(self.service, "written")
            query = self.service.search(shop.noise(4)).json["query"]["id"]
            self.assertEqual(send(self.service, {"events": [{"kind": "click", "product_id": "rings-1", "query_id": query}]}).status, 202)
            self.assertTrue(service.wait_until(lambda: entries(self.service, "written") >= before + 2))
            self.assertEqual(self.ask("GET", f"/api/v1/admin/queries/{query}").json["code"], "unknown_query")
        finally:
            switch(True)
        self.assertEqual(self.service.ask("PUT", "/api/v1/admin/query-log", "{}", admin).json["code"], "bad_parameter")

    # features: C7
    def test_zz_recall_by_hour_outlives_the_server(self):
        self.assertTrue(service.wait_until(lambda: self.service.get("/api/v1/recall").json["searches"] > 0))
        self.service.stop()
        self.start()
        hours = self.ask("GET", "/api/v1/admin/recall").json["hours"]
        self.assertGreater(sum(hour["searches"] for hour in hours), 0)


if __name__ == "__main__":
    unittest.main()
