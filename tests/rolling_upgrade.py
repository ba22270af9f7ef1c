#!/usr/bin/env python3
"""Two versions of the program on one PostgreSQL: the older one serves while the newer one starts, brings the schema up to date and serves beside it; then the older one is stopped.
Writers and searchers work on both without a pause. Nothing acknowledged may be missing, and nothing may fail before the stop.

    tests/rolling_upgrade.py --older PROGRAM --seconds 10       with NOZAMA_TEST_DATABASE as scripts/test.sh sets it, NOZAMA_BIN the newer program

PROGRAM is `nozama` of an earlier commit: git worktree add --detach FOLDER COMMIT, where COMMIT is one before the newest step of src/catalog/migrations.cpp, and ./dev build there. Prints one
line of JSON.
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/api")]
import database  # noqa: E402
import service  # noqa: E402
import shop  # noqa: E402

PRODUCTS_PER_WRITER = 20


class Client(threading.Thread):
    """Works on one server without a pause until it is over; remembers failures and when they were."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.answered, self.failures, self.over = server, 0, [], threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                status = self.once()
                if status in (200, 201):
                    self.answered += 1
                else:
                    self.failures.append((time.monotonic(), status))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append((time.monotonic(), type(error).__name__))
                time.sleep(0.05)

    def failed_before(self, moment):
        return [what for when, what in self.failures if when < moment]


class Searcher(Client):
    def __init__(self, server):
        super().__init__(server)
        self.photo = shop.product_picture("Rings", 1)

    def once(self):
        answer = self.server.search(self.photo)
        return answer.status if answer.status != 200 or answer.json["results"] else "no results"


class Writer(Client):
    """Changes the prices of products of its own, one after the other."""

    def __init__(self, server, name, secret):
        super().__init__(server)
        self.name, self.secret = name, secret
        self.prices = {}  # id → what was acknowledged
        self.unsure = {}  # id → what was sent and not answered

    def once(self):
        product = f"{self.name}-{self.answered % PRODUCTS_PER_WRITER}"
        price = self.answered + 1
        self.unsure[product] = price
        body = json.dumps({"title": product, "price": price, "currency": "EUR"})
        answer = self.server.ask("PUT", f"/api/v1/products/{product}", body, {"Content-Type": "application/json", "Authorization": f"Bearer {self.secret}"})
        if answer.status in (200, 201):
            self.prices[product] = price
            self.unsure.pop(product)
        return answer.status


def succeed(*arguments):
    done = shop.run(*arguments)
    if done.returncode != 0:
        sys.exit(f"nozama {arguments[0]}: {done.stderr}")
    return done.stdout


def schema_version(schema):
    return int(schema.rows("SELECT value FROM meta WHERE key = 'schema_version'")[0])


def missing(server, writers):
    """Products whose acknowledged price the server does not have."""
    wrong = []
    for writer in writers:
        for product, price in writer.prices.items():
            answer = server.get(f"/api/v1/products/{product}")
            now = answer.json.get("price")
            if now not in (price, writer.unsure.get(product)):
                wrong.append(f"{product}: {now} instead of {price}")
    return wrong


def upgrade(folder, schema, older, newer, seconds):
    where = ["--database", schema.url]
    shop.PROGRAM = older
    succeed("import", "--data", folder / "first", "--models", shop.MODELS, *where, shop.write_feed(folder / "feed"))
    key = ["--data", folder / "first", "--models", shop.MODELS, *where, "--name", "writers", "--scope", "catalogue", "--json"]
    secret = json.loads(succeed("key", "create", *key))["secret"]
    (folder / "second").mkdir()
    (folder / "second/pictures").symlink_to(folder / "first/pictures")  # the mount that docs/database.md asks for
    with service.Service(*where, data=folder / "first") as first:
        before = schema_version(schema)
        clients = [Searcher(first), Writer(first, "first", secret)]
        for client in clients:
            client.start()
        time.sleep(seconds)
        shop.PROGRAM = newer
        started = time.monotonic()
        with service.Service(*where, data=folder / "second") as second:
            start_seconds = time.monotonic() - started
            clients += [Searcher(second), Writer(second, "second", secret)]
            for client in clients[2:]:
                client.start()
            time.sleep(seconds)
            stopped = time.monotonic()
            status = first.stop()
            for client in clients[:2]:
                client.over.set()
            time.sleep(seconds)
            for client in clients:
                client.over.set()
                client.join()
            lost = missing(second, [clients[1], clients[3]])
            after = schema_version(schema)
    late = [failure for client in clients[2:] for failure in client.failures]
    early = [failure for client in clients[:2] for failure in client.failed_before(stopped)]
    return {"schema": [before, after], "start_seconds": round(start_seconds, 1), "older": {"searches": clients[0].answered, "writes": clients[1].answered, "failed_before_stop": len(early),
            "exit": status}, "newer": {"searches": clients[2].answered, "writes": clients[3].answered, "failed": len(late)}, "lost": lost, "failures": [str(what) for what in (early + late)[:5]]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--older", type=pathlib.Path, required=True, help="the earlier `nozama`")
    parser.add_argument("--seconds", type=float, default=10, help="of each of the three spells: the older alone, both, the newer alone")
    arguments = parser.parse_args()
    if not database.SERVER:
        sys.exit("NOZAMA_TEST_DATABASE names no server; scripts/postgres_for_tests.sh start FOLDER starts one and prints its URL")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-rolling-"))
    try:
        with database.Schema() as schema:
            result = upgrade(folder, schema, arguments.older.resolve(), shop.PROGRAM, arguments.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    before, after = result["schema"]
    if before >= after:
        sys.exit(f"both programs have schema {after}; name an earlier commit's program")
    sys.exit(1 if result["lost"] or result["failures"] or result["older"]["exit"] != 0 else 0)


if __name__ == "__main__":
    main()
