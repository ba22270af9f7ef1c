#!/usr/bin/env python3
"""Kills `nozama import` with SIGKILL at random moments, again and again on one catalogue, and looks after each death whether everything that was
acknowledged is there, once. The final import must complete and `nozama doctor` find nothing.

    tests/kill_rounds.py --rounds 50                       SQLite
    tests/kill_rounds.py --rounds 50 --postgres            PostgreSQL: a schema of its own in the server that NOZAMA_TEST_DATABASE names
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/cli")]
import database  # noqa: E402
import program  # noqa: E402

MODELS = os.environ.get("NOZAMA_MODELS", ROOT / "build/models")
PRODUCTS, PICTURES = 10_000, 12


class Wrong(AssertionError):
    """Something acknowledged is missing, or something is there twice."""


class KillRounds:
    def __init__(self, folder, schema=None, seed=1):
        self.folder, self.schema, self.dice = pathlib.Path(folder), schema, random.Random(seed)
        self.data = self.folder / "data"
        self.revision = 0
        self.whole_seconds = 0.0  # of an import of changed prices that nobody kills
        for number in range(PICTURES):
            (self.folder / f"{number}.png").write_bytes(program.picture(number))

    def rows(self, statement):
        if self.schema:
            return [line.split("|") for line in self.schema.rows(statement)]
        with sqlite3.connect(f"file:{self.data / 'catalogue.db'}?mode=ro", uri=True) as db:
            return [list(map(str, row)) for row in db.execute(statement)]

    def command(self, *arguments):
        where = ["--data", self.data, "--models", MODELS] + (["--database", self.schema.url] if self.schema else [])
        return list(map(str, [program.PROGRAM, arguments[0], *where, *arguments[1:]]))

    def write_feed(self):
        """Every product changes its price with each revision."""
        self.revision += 1
        lines = ["id,title,category,price,currency,picture"]
        for number in range(PRODUCTS):
            picture = f"{number % PICTURES}.png" if number % 50 == 0 else ""
            lines.append(f"p{number},Thing {number},Kind {number % 7},{self.revision}.00,EUR,{picture}")
        (self.folder / "feed.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def kill_one_import(self):
        """True when it died amid its work."""
        self.write_feed()
        process = subprocess.Popen(self.command("import", self.folder / "feed.csv"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Half of the deaths come soon after the first rows are there, the others anywhere, also while the database is being made.
        if self.dice.random() < 0.5:
            while process.poll() is None and self.stored() == 0:
                time.sleep(0.005)
            time.sleep(self.dice.uniform(0, 0.2 * self.whole_seconds))
        else:
            time.sleep(self.dice.uniform(0, 0.8 * self.whole_seconds))
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL

    def stored(self):
        """Products of the present revision; 0 also before there is a database."""
        try:
            return int(self.rows(f"SELECT COUNT(*) FROM product WHERE price_minor = {self.revision * 100}")[0][0])
        except (sqlite3.OperationalError, subprocess.CalledProcessError):
            return 0

    def check_after_death(self):
        """What the job's row says was committed is what the products say."""
        try:
            jobs = self.rows("SELECT created + updated + unchanged FROM job WHERE kind = 'import' ORDER BY started_ms DESC, id DESC LIMIT 1")
        except (sqlite3.OperationalError, subprocess.CalledProcessError):
            return  # it died before the tables were made
        stored = self.stored()
        twice = self.rows("SELECT COUNT(*) - COUNT(DISTINCT external_id) FROM product")
        if twice != [["0"]]:
            raise Wrong(f"{twice[0][0]} products are there twice")
        acknowledged = int(jobs[0][0]) if jobs else 0
        if stored > 0 and acknowledged != stored:
            raise Wrong(f"{stored} products of revision {self.revision} are stored, but the job tells of {acknowledged}")

    def complete(self):
        done = subprocess.run(self.command("import", "--json", self.folder / "feed.csv"), capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise Wrong(f"the import after the deaths ended with {done.returncode}: {done.stderr}")
        report = json.loads(done.stdout.strip().splitlines()[-1])
        if report["created"] + report["updated"] + report["unchanged"] != PRODUCTS or self.stored() != PRODUCTS:
            raise Wrong(f"{self.stored()} of {PRODUCTS} products: {report}")
        if self.rows("SELECT COUNT(*) FROM product") != [[str(PRODUCTS)]]:
            raise Wrong(f"{self.rows('SELECT COUNT(*) FROM product')[0][0]} products instead of {PRODUCTS}")
        again = subprocess.run(self.command("import", "--json", self.folder / "feed.csv"), capture_output=True, text=True, timeout=600)
        report = json.loads(again.stdout.strip().splitlines()[-1])
        if (report["unchanged"], report["pictures_embedded"]) != (PRODUCTS, 0):
            raise Wrong(f"the same feed again is not all unchanged: {report}")
        doctor = subprocess.run(self.command("doctor", "--json"), capture_output=True, text=True, timeout=600)
        if not json.loads(doctor.stdout)["healthy"]:
            raise Wrong(f"nozama doctor: {doctor.stdout}")

    def run(self, rounds, tell=lambda text: None):
        """The number of deaths amid work."""
        deaths = 0
        for _ in range(2):
            self.write_feed()
            start = time.monotonic()
            subprocess.run([program.PROGRAM, "import", "--data", self.folder / "whole", "--models", MODELS, self.folder / "feed.csv"], check=True, capture_output=True)
            self.whole_seconds = time.monotonic() - start
        for number in range(rounds):
            amid = self.kill_one_import()
            deaths += amid
            self.check_after_death()
            tell(f"round {number + 1}: {'killed' if amid else 'ended before'} with {self.stored()} of {PRODUCTS} products stored")
        self.complete()
        return deaths


def from_command_line(description, make_rounds, summary):
    """Runs the rounds that the flags ask for. `summary(rounds, result)` says what became of them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="nozama-kill-")
    schema = database.Schema() if arguments.postgres else None
    try:
        result = make_rounds(folder, schema, arguments.seed).run(arguments.rounds, lambda text: print(text, flush=True))
        print(summary(arguments.rounds, result))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if schema:
            schema.close()


if __name__ == "__main__":
    from_command_line(
        __doc__, KillRounds, lambda rounds, deaths: f"{deaths} of {rounds} imports were killed amid their work; every acknowledged product is there, none twice, doctor finds nothing"
    )
