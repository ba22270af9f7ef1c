"""Two `nozama serve` on one PostgreSQL: each shows what the other's side changed, and one may die at any moment."""
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time
import unittest

import service
import shop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402


@database.needs_server
class TwoServersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-two-servers-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.schema = database.Schema()
        cls.addClassCleanup(cls.schema.close)
        (cls.folder / "pictures").mkdir()
        cls.rows = []
        cls.import_products([f"first-{number}" for number in range(6)])
        # The second server has a data directory of its own; only the pictures are shared.
        (cls.folder / "second").mkdir()
        (cls.folder / "second" / "pictures").symlink_to(cls.folder / "first" / "pictures")
        cls.servers = []
        for name in ("first", "second"):
            server = cls.start(name)
            cls.addClassCleanup(server.close)
            cls.servers.append(server)

    @classmethod
    def start(cls, name):
        return service.Service("--database", cls.schema.url, data=cls.folder / name)

    @classmethod
    def import_products(cls, names):
        for name in names:
            (cls.folder / "pictures" / f"{name}.png").write_bytes(shop.noise(name))
            cls.rows.append(f"{name},Thing {name},10.50,EUR,Things,pictures/{name}.png")
        feed = cls.folder / "feed.csv"
        feed.write_text("\n".join(["id,title,price,currency,category,picture", *cls.rows]) + "\n", encoding="utf-8")
        done = shop.run("import", "--data", cls.folder / "first", "--database", cls.schema.url, "--models", shop.MODELS, feed)
        if done.returncode != 0:
            raise RuntimeError(f"nozama import failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")

    def finds(self, server, name):
        answer = server.search(shop.noise(name))
        return answer.status == 200 and service.result_ids(answer)[:1] == [name]

    # features: I3, I4
    def test_a_change_is_searchable_on_both(self):
        self.import_products(["second-0"])
        started = time.monotonic()
        for server in self.servers:
            self.assertTrue(service.wait_until(lambda: self.finds(server, "second-0")), server.log())
            self.assertEqual(server.get("/api/v1/products", text="second 0").json["total"], 1)
            self.assertEqual(server.get("/api/v1/products/second-0").status, 200)
        print(f"a change was searchable on both servers after {time.monotonic() - started:.2f} s", file=sys.stderr)

    # features: I4
    def test_one_may_be_killed_and_the_other_answers_every_request(self):
        doomed = self.start("first")
        self.addCleanup(doomed.close)
        statuses, over = [], threading.Event()

        def ask_the_other():
            while not over.is_set():
                statuses.append(self.servers[1].search(shop.noise("first-1")).status)

        def ask_the_doomed():
            while not over.is_set():
                try:
                    doomed.search(shop.noise("first-2"))
                except OSError:
                    return

        threads = [threading.Thread(target=ask_the_other) for _ in range(2)] + [threading.Thread(target=ask_the_doomed) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        os.kill(doomed.process.pid, signal.SIGKILL)
        doomed.process.wait()
        self.import_products(["after-the-death"])
        self.assertTrue(service.wait_until(lambda: self.finds(self.servers[1], "after-the-death")))
        over.set()
        for thread in threads:
            thread.join()
        self.assertGreater(len(statuses), 1)
        self.assertEqual(set(statuses), {200})

    def test_connections_that_the_server_closes_are_made_anew(self):
        self.schema.close_connections()
        for server in self.servers:
            self.assertEqual(server.get("/api/v1/products", text="first").json["total"], 6)
            self.assertTrue(service.wait_until(lambda: self.finds(server, "first-3")))


if __name__ == "__main__":
    unittest.main()
