#!/usr/bin/env python3
"""A large catalogue without pictures, on SQLite and on PostgreSQL: rows a second and peak memory of its import, and how long category pages, text
searches and product look-ups take over HTTP, one request at a time.

    bench/catalogue_scale.py --products 1000000                 both databases, a server of PostgreSQL's own, with the disk waited for
    bench/catalogue_scale.py --products 50000 --only sqlite
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.environ.get("NOZAMA_BIN", ROOT / "build/release/nozama")
MODELS = os.environ.get("NOZAMA_MODELS", ROOT / "build/models")
ROOMS, KINDS_A_ROOM = 12, 15
SYLLABLES = "ba be bo da de do fa fi ga go ka ki la le li lo ma me mi mo na ne no pa pi ra re ri ro sa se si so ta te ti to va vi za".split()


class Words:
    """A made vocabulary with the frequencies of language: the n-th word is 1/n as frequent as the first."""

    def __init__(self, dice, count=20000):
        self.words = list({"".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(count)})
        self.words.sort()
        dice.shuffle(self.words)
        total, self.cumulative = 0.0, []
        for rank in range(len(self.words)):
            total += 1 / (rank + 1)
            self.cumulative.append(total)

    def pick(self, dice, count):
        return dice.choices(self.words, cum_weights=self.cumulative, k=count)


def write_feed(path, products, words):
    dice = random.Random(2)
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,title,description,category,brand,price,currency,stock,rating,rating_count,colour,picture\n")
        for number in range(products):
            room, kind = dice.randrange(ROOMS), dice.randrange(KINDS_A_ROOM)
            file.write(f"sku-{number},{' '.join(words.pick(dice, 5))},{' '.join(words.pick(dice, 25))},Room {room} > Kind {room}-{kind},Brand {dice.randrange(500)},"
                       f"{dice.randrange(500, 90000) / 100:.2f},EUR,{dice.randrange(50)},{dice.randrange(20, 51) / 10},{dice.randrange(900)},colour {dice.randrange(30)},\n")


def run_import(where, feed):
    """(seconds, processor seconds, peak MiB, report) of one import in a process of its own."""
    started = time.monotonic()
    process = subprocess.Popen([PROGRAM, "import", *where, "--models", MODELS, "--json", feed], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"nozama import ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(output.strip().splitlines()[-1])


class Service:
    def __init__(self, where):
        command = [PROGRAM, "serve", *where, "--models", MODELS, "--listen", "127.0.0.1:0", "--log-level", "warning"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:(\d+)", line) for line in self.process.stdout)), None)
        if found is None:
            sys.exit("nozama serve did not start")
        self.connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=120)

    def get(self, path, **query):
        started = time.perf_counter()
        self.connection.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
        response = self.connection.getresponse()
        body = response.read()
        took = 1000 * (time.perf_counter() - started)
        if response.status != 200:
            sys.exit(f"{path} {query}: {response.status} {body[:300]}")
        return took, json.loads(body)

    def peak_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text()).group(1)) / 1024

    def close(self):
        self.process.terminate()
        self.process.wait(60)


def quantile(times, share):
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def measure(where, products, words, requests):
    service = Service(where)
    dice = random.Random(3)
    category = lambda: dice.choice([f"room-{dice.randrange(ROOMS)}", *[f"kind-{dice.randrange(ROOMS)}-{dice.randrange(KINDS_A_ROOM)}"] * 3])

    def following_page():
        _, page = service.get("/api/v1/products", category=category(), limit=30)
        return service.get("/api/v1/products", category=category(), limit=30, after=page["next"])

    kinds = {
        "category, first page": lambda: service.get("/api/v1/products", category=category(), limit=30),
        "category, following page": following_page,
        "category by price": lambda: service.get("/api/v1/products", category=category(), sort="price_asc", limit=30),
        "one word": lambda: service.get("/api/v1/products", text=words.pick(dice, 1)[0], limit=30),
        "two words, the second begun": lambda: service.get("/api/v1/products", text="{} {:.3}".format(*words.pick(dice, 2)), limit=30),
        "a word of a category": lambda: service.get("/api/v1/products", text=words.pick(dice, 1)[0], category=category(), limit=30),
        "product": lambda: service.get(f"/api/v1/products/sku-{dice.randrange(products)}"),
        "category tree": lambda: service.get("/api/v1/categories"),
    }
    rows = []
    try:
        for name, ask in kinds.items():
            ask()
            times = [ask()[0] for _ in range(requests)]
            rows.append((name, quantile(times, 0.5), quantile(times, 0.99)))
        return rows, service.peak_mib()
    finally:
        service.close()


def bench(name, where, feed, arguments, words):
    seconds, processor, peak, report = run_import(where, feed)
    again, _, _, repeated = run_import(where, feed)
    if report["created"] != arguments.products or repeated["unchanged"] != arguments.products:
        sys.exit(f"not every product was imported: {report} {repeated}")
    print(f"\n### {name}\n\n| import | |\n|---|---|\n| products a second | {arguments.products / seconds:,.0f} |\n| processor time of nozama | {processor:.1f} s |\n| peak memory of nozama | {peak:.0f} MiB |")
    print(f"| the same feed again, products a second | {arguments.products / again:,.0f} |", flush=True)
    rows, served = measure(where, arguments.products, words, arguments.requests)
    print(f"| peak memory of `serve` | {served:.0f} MiB |\n\n| request | p50 ms | p99 ms |\n|---|---|---|")
    for request, half, most in rows:
        print(f"| {request} | {half:.1f} | {most:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-scale-"))
    try:
        words = Words(random.Random(1))
        write_feed(folder / "feed.csv", arguments.products, words)
        print(f"{arguments.products:,} products without pictures, a feed of {(folder / 'feed.csv').stat().st_size / 2**20:.0f} MiB; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if arguments.only != "postgres":
            bench("SQLite", ["--data", folder / "sqlite"], folder / "feed.csv", arguments, words)
        if arguments.only != "sqlite":
            server = tempfile.mkdtemp(prefix="nozama-scale-postgres-", dir="/tmp")
            script = ROOT / "scripts/postgres_for_tests.sh"
            try:
                url = subprocess.run([script, "start", server, "durable"], capture_output=True, text=True, check=True).stdout.strip()
                bench("PostgreSQL", ["--data", folder / "postgres", "--database", url], folder / "feed.csv", arguments, words)
            finally:
                subprocess.run([script, "stop", server], check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
