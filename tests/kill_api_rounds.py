#!/usr/bin/env python3
"""Kills `nozama serve` with SIGKILL at random moments of writes over HTTP, again and again on one catalogue, and looks after each death whether
every acknowledged write is there, once, and every acknowledged deletion too. At the end `nozama doctor` finds nothing.

    tests/kill_api_rounds.py --rounds 50                   SQLite
    tests/kill_api_rounds.py --rounds 50 --postgres        PostgreSQL: a schema of its own in the server that NOZAMA_TEST_DATABASE names
"""
import http.client
import json
import random
import re
import subprocess
import threading
import time

import kill_rounds
from kill_rounds import Wrong, program

PRODUCTS_PER_WRITER, WRITERS, PICTURES = 40, 3, 12


class Writer(threading.Thread):
    """Writes its own products one after the other, and remembers what was acknowledged and what was under way."""

    def __init__(self, name, secret, seed, stored):
        super().__init__()
        self.prefix, self.secret, self.dice = name, secret, random.Random(seed)
        self.acknowledged = stored  # id → price, None = deleted
        self.unsure = {}  # id → the prices that it may have beside the acknowledged one
        self.port = None

    def ask(self, method, path, body=None, content_type="application/json"):
        headers = {"Authorization": f"Bearer {self.secret}", **({"Content-Type": content_type} if body else {})}
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()

    def write(self, ids, prices):
        """One request: a PUT, a DELETE, or a batch with a picture."""
        for product, price in zip(ids, prices):
            self.unsure.setdefault(product, set()).add(price)
        if prices == [None]:
            answer = self.ask("DELETE", f"/api/v1/products/{ids[0]}")
            answer.read()
            done = ids if answer.status in (204, 404) else []
        elif len(ids) == 1:
            answer = self.ask("PUT", f"/api/v1/products/{ids[0]}", json.dumps({"title": ids[0], "price": prices[0], "currency": "EUR"}))
            answer.read()
            done = ids if answer.status in (200, 201) else []
        else:
            lines = [json.dumps({"id": product, "title": product, "price": price, "currency": "EUR"}) for product, price in zip(ids, prices)]
            answer = self.ask("POST", "/api/v1/products/batch", "\n".join(lines), "application/x-ndjson")
            done = []
            while line := answer.readline():  # what the connection breaks off was not said
                if line.endswith(b"\n") and json.loads(line)["status"] != "failed":
                    done.append(json.loads(line)["id"])
        for product, price in zip(ids, prices):
            if product in done:
                self.acknowledged[product] = price
                self.unsure.pop(product)

    def picture(self, product, bytes_of):
        boundary = "b" * 20
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="p"\r\n\r\n'.encode() + bytes_of + f"\r\n--{boundary}--\r\n".encode()
        self.ask("POST", f"/api/v1/products/{product}/pictures", body, f"multipart/form-data; boundary={boundary}").read()

    def run(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while True:
                ids = [f"{self.prefix}-{number}" for number in self.dice.sample(range(PRODUCTS_PER_WRITER), self.dice.choice((1, 1, 20)))]
                prices = [self.dice.randrange(1, 100_000) for _ in ids]
                self.write(ids, [None] if len(ids) == 1 and self.dice.random() < 0.2 else prices)
                if self.dice.random() < 0.2:
                    self.picture(ids[0], program.picture(self.dice.randrange(PICTURES)))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            pass  # the server has died
        finally:
            self.connection.close()


class ApiKillRounds(kill_rounds.KillRounds):
    def begin(self):
        (self.folder / "first.csv").write_text("id,title,picture\nfirst,First,0.png\n", encoding="utf-8")
        subprocess.run(self.command("import", self.folder / "first.csv"), check=True, capture_output=True)
        command = self.command("key", "--name", "writers", "--scope", "catalogue", "--json")
        command.insert(2, "create")
        self.secret = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["secret"]
        self.stored_prices = [{} for _ in range(WRITERS)]

    def kill_one_server(self, number):
        """Returns the number of acknowledged writes that were looked at."""
        server = subprocess.Popen(self.command("serve", "--listen", "127.0.0.1:0"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        while port is None:
            line = server.stdout.readline()
            if not line:
                raise Wrong(f"nozama serve does not start again: {server.wait()}")
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                port = int(found.group(1))
        writers = [Writer(f"w{index}", self.secret, (number, index).__hash__(), self.stored_prices[index]) for index in range(WRITERS)]
        for writer in writers:
            writer.port = port
            writer.start()
        time.sleep(self.dice.uniform(0.1, 2.5))
        server.kill()
        server.wait()
        server.stdout.close()
        for writer in writers:
            writer.join()
        return sum(self.check(writer) for writer in writers)

    def check(self, writer):
        rows = self.rows(f"SELECT external_id, price_minor FROM product WHERE external_id LIKE '{writer.prefix}-%'")
        stored = {product: int(price) // 100 for product, price in rows}
        if len(stored) != len(rows):
            raise Wrong("a product is there twice")
        for product in set(stored) | set(writer.acknowledged):
            now = stored.get(product)
            allowed = {writer.acknowledged.get(product)} | writer.unsure.get(product, set())
            if now not in allowed:
                raise Wrong(f"{product} costs {now}, but {writer.acknowledged.get(product)} was acknowledged")
            writer.acknowledged[product] = now
        return len(writer.acknowledged)

    def run(self, rounds, tell=lambda text: None):
        self.begin()
        looked_at = 0
        for number in range(rounds):
            looked_at += self.kill_one_server(number)
            tell(f"round {number + 1}: {looked_at} acknowledged states were as they should be")
        doctor = subprocess.run(self.command("doctor", "--json"), capture_output=True, text=True, timeout=600)
        if not json.loads(doctor.stdout)["healthy"]:
            raise Wrong(f"nozama doctor: {doctor.stdout}")
        return looked_at


if __name__ == "__main__":
    kill_rounds.from_command_line(
        __doc__, ApiKillRounds, lambda rounds, states: f"{rounds} servers were killed amid writes; each of {states} acknowledged states is there, none twice, doctor finds nothing"
    )
