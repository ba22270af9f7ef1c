#!/usr/bin/env python3
"""Two `nozama serve` on one PostgreSQL and one S3 under load: how long a committed change takes to the other's searches, and what a death costs.

    tests/change_lag.py --rounds 200        with NOZAMA_TEST_DATABASE and NOZAMA_TEST_S3 as scripts/test.sh sets them

Every round commits one price by SQL, as any process beside the servers would, and asks the second server's index (a filter on the price) until it shows. Amid the rounds the first server
is killed with SIGKILL, while clients search on both. Prints one line of JSON.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/api")]
os.environ.setdefault("AWS_ACCESS_KEY_ID", "nozama-test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "nozama-test-secret")
import database  # noqa: E402
import service  # noqa: E402
import shop  # noqa: E402

PRODUCT = "plates-1"


class Load:
    """Clients that search without a pause; each failure and when it was."""

    def __init__(self, server, clients):
        self.answered, self.failures, self.over = 0, [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(server, number)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, server, number):
        photo = shop.product_picture("Rings", number)
        while not self.over.is_set():
            try:
                status = server.search(photo).status
                self.answered += status == 200
                if status != 200:
                    self.failures.append((time.monotonic(), status))
            except OSError as error:
                self.failures.append((time.monotonic(), type(error).__name__))
                return

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def change_price(schema, minor):
    schema.rows(f"BEGIN; UPDATE product SET price_minor = {minor} WHERE external_id = '{PRODUCT}'; UPDATE change_counter SET last_seq = last_seq + 1;"
                f"INSERT INTO change SELECT last_seq, 0, p.id FROM change_counter, product p WHERE p.external_id = '{PRODUCT}'; COMMIT")


def shows(server, minor):
    # By the index's own column, as a shopper's filter.
    answer = server.get("/api/v1/products", filter=f"price > {(minor - 0.5) / 100} and price < {(minor + 0.5) / 100}", limit=1)
    return answer.status == 200 and answer.json["total"] == 1


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--clients", type=int, default=1, help="on each server")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-lag-"))
    place, parameters = os.environ["NOZAMA_TEST_S3"].split("?")
    try:
        with database.Schema() as schema:
            where = ["--database", schema.url, "--blobs", f"{place}/{folder.name}?{parameters}"]
            for command in (["import", shop.write_feed(folder / "feed")], ["train"]):
                done = shop.run(command[0], "--data", folder / "first", "--models", shop.MODELS, *where, *command[1:])
                if done.returncode != 0:
                    sys.exit(done.stderr)
            (folder / "second").mkdir()
            with service.Service(*where, data=folder / "first") as doomed, service.Service(*where, data=folder / "second") as second:
                loads = [Load(server, arguments.clients) for server in (doomed, second)]
                lags, killed_at = [], None
                for number in range(arguments.rounds):
                    if number == arguments.rounds // 2:
                        killed_at = time.monotonic()
                        os.kill(doomed.process.pid, signal.SIGKILL)
                    minor = 100_000 + number * 100
                    change_price(schema, minor)
                    committed = time.monotonic()
                    while not shows(second, minor):
                        time.sleep(0.002)
                    lags.append((time.monotonic() - committed) * 1000)
                for load in loads:
                    load.stop()
                early = [failure for failure in loads[0].failures if failure[0] < killed_at]
                print(json.dumps({"rounds": len(lags), "lag_ms": {name: round(percentile(lags, share)) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))},
                                  "answered_by_the_killed": loads[0].answered, "failed_on_the_killed_before": len(early), "in_flight_when_killed": len(loads[0].failures) - len(early),
                                  "answered_by_the_other": loads[1].answered, "failed_on_the_other": len(loads[1].failures)}))
                sys.exit(1 if loads[1].failures or early else 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
