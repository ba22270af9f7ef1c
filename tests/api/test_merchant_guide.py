"""docs/merchant_api.md: its commands run as they stand, one after the other, against the real program."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import service
import shop

ADDRESS = "https://shop.example"
FINISHED = ("done", "failed", "cancelled")
# The guide's `jq -r .secret`, which Debian does not bring.
JQ = """jq() { [ "$*" = "-r .secret" ] && "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["secret"])'; }"""


def blocks(language):
    text = (shop.ROOT / "docs/merchant_api.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def commands():
    return [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]


class MerchantGuide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.data = cls.folder / "data"
        shutil.copytree(shop.data_dir(), cls.data)
        (cls.folder / "nozama").symlink_to(shop.PROGRAM.resolve())
        (cls.folder / "lamp.jpg").write_bytes(shop.noise(7))
        (cls.folder / "products.jsonl").write_text('{"id": "lamp-8", "title": "Lamp"}\n{"title": "Without an id"}\n', encoding="utf-8")
        (cls.folder / "feed.csv").write_text("id,title,price,currency\nlamp-9,Floor lamp,30.00,EUR\n", encoding="utf-8")
        key, *cls.commands = commands()
        cls.key = cls.shell(key.replace("DIR", str(cls.data)) + '\nprintf %s "$KEY"').stdout
        cls.running = cls.enterClassContext(service.Service(data=cls.data))

    @classmethod
    def shell(cls, script, **variables):
        environment = {**os.environ, "PATH": f"{cls.folder}:{os.environ['PATH']}", "PYTHON": sys.executable, "NO_PROXY": "*", **variables}
        return subprocess.run(["bash", "-euc", f"{JQ}\n{script}"], cwd=cls.folder, env=environment, capture_output=True, text=True, timeout=60, check=True)

    def run_curl(self, command):
        """(status, what it printed) of a curl line of the guide."""
        command = command.replace(ADDRESS, f"http://127.0.0.1:{self.running.port}").replace("curl ", "curl --silent --show-error --write-out '%{stderr}%{http_code}' ", 1)
        done = self.shell(command, KEY=self.key)
        return int(done.stderr), done.stdout

    def bearer(self):
        return {"Authorization": f"Bearer {self.key}"}

    def product(self, product_id):
        return self.running.get(f"/api/v1/products/{product_id}", headers=self.bearer())

    def wait_for_jobs(self):
        listed = lambda: self.running.get("/api/v1/jobs", headers=self.bearer()).json["jobs"]
        self.assertTrue(service.wait_until(lambda: all(job["state"] in FINISHED for job in listed())), listed())
        return listed()

    def test_every_command_does_what_the_page_says(self):
        put, patch, delete, picture, batch, upload, by_url, follow, export = self.commands
        answers = [[json.loads(line) for line in block.splitlines()] for block in blocks("json")]

        status, printed = self.run_curl(put)
        self.assertEqual((status, json.loads(printed)), (201, answers[0][0]))
        status, printed = self.run_curl(patch)
        self.assertEqual(status, 200, printed)
        product = self.product("lamp-7").json
        self.assertEqual((product["price"], product["title"]), (18, "Desk lamp"))

        status, printed = self.run_curl(picture)
        self.assertIn(status, (200, 201), printed)
        self.assertEqual(json.loads(printed).keys(), answers[1][0].keys())
        self.assertEqual(json.loads(printed)["product_id"], "lamp-7")
        self.assertEqual(self.run_curl(delete)[0], 204)
        self.assertEqual(self.product("lamp-7").status, 404)

        status, printed = self.run_curl(batch)
        stored, failed = (json.loads(line) for line in printed.splitlines())
        self.assertEqual((status, stored["status"], failed["status"], failed["code"]), (200, "created", "failed", answers[2][1]["code"]))
        self.assertEqual((stored.keys(), failed.keys()), (answers[2][0].keys(), answers[2][1].keys()))

        status, printed = self.run_curl(upload)
        self.assertEqual(status, 202, printed)
        job = json.loads(printed)["id"]
        status, printed = self.run_curl(follow.replace("/jobs/7/", f"/jobs/{job}/"))
        self.assertEqual(status, 200)
        self.assertRegex(printed, r"event: end\b")
        self.wait_for_jobs()
        self.assertEqual(self.product("lamp-8").status, 404)  # full=true: the feed does not have it
        self.assertEqual(self.run_curl(by_url)[0], 202)
        self.wait_for_jobs()

        status, printed = self.run_curl(export.split(" > ")[0])
        self.assertEqual((status, [json.loads(line)["id"] for line in printed.splitlines()]), (200, ["lamp-9"]))

    def test_without_the_key_nothing_is_written(self):
        status, printed = self.run_curl(self.commands[0].replace("$KEY", "nz_wrong"))
        self.assertEqual((status, json.loads(printed)["code"]), (401, "bad_credentials"))


if __name__ == "__main__":
    unittest.main()
