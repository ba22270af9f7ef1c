"""The service as its operator sees it: health, metrics, log, limits, stopping, privacy."""
import concurrent.futures
import json
import pathlib
import re
import signal
import socket
import struct
import unittest
import zlib

import contract
import service
import shop


class OperationTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    # features: I6
    def test_health_and_readiness(self):
        self.assertEqual(self.service.get("/healthz").body, b"ok\n")
        self.assertEqual(self.service.get("/readyz").body, b"ready\n")

    # features: I6
    def test_metrics_count_requests_stages_and_products(self):
        def value(line):
            found = re.search("^" + re.escape(line) + r" ([0-9.e+]+)$", self.service.get("/metrics").body.decode(), re.MULTILINE)
            return float(found.group(1)) if found else 0.0

        served = 'nozama_http_requests_total{method="POST",route="/api/v1/search",status="200"}'
        before = {line: value(line) for line in (served, *(f'nozama_search_stage_seconds_count{{stage="{s}"}}' for s in ("decode", "encode", "search", "rank")))}
        self.assertEqual(self.service.search(shop.noise(5)).status, 200)
        self.assertEqual(self.service.search_json(product_id="rings-1").status, 200)
        grown = {line: value(line) - count for line, count in before.items()}
        # Two searches, one of them with a photo: one decode, one encode.
        self.assertEqual(list(grown.values()), [2, 1, 1, 2, 2], grown)
        self.assertEqual(value("nozama_products"), shop.PRODUCTS_PER_KIND * len(shop.KINDS))
        self.assertEqual(value("nozama_indexed_products"), shop.PRODUCTS_PER_KIND * len(shop.KINDS))
        self.assertEqual(value("nozama_index_lag_changes"), 0)
        self.assertEqual(value('nozama_queue_length{pool="encode"}'), 0)
        self.assertGreater(value("process_resident_memory_bytes"), 1 << 20)
        self.service.get("/api/v1/products/some-product-that-is-not-there")
        self.assertNotIn("some-product", self.service.get("/metrics").body.decode())

    # features: C7 I6
    def test_recall_is_measured_on_the_searches_themselves(self):
        with service.Service("--recall-sample-every", "1") as running:
            empty = running.get("/api/v1/recall")
            contract.check("GET", "/api/v1/recall", empty)
            self.assertEqual((empty.json["sample_every"], empty.json["searches"], empty.json["window"]), (1, 0, None))
            self.assertEqual(running.search(shop.noise(8), min_score=0).status, 200)
            self.assertEqual(running.search_json(product_id="rings-1", filter="price > 0", min_score=0).status, 200)
            self.assertEqual(running.search_json(product_id="rings-1", filter="price < 0").status, 200)  # finds nothing: nothing to measure
            self.assertTrue(service.wait_until(lambda: running.get("/api/v1/recall").json["searches"] == 2))
            answer = running.get("/api/v1/recall")
            contract.check("GET", "/api/v1/recall", answer)
            window = answer.json["window"]
            self.assertEqual((window["searches"], window["recall"], window["interval"][1]), (2, 1, 1))
            self.assertGreater(window["exact_ms"]["p50"], 0)
            self.assertEqual(sum(hour["searches"] for hour in answer.json["hours"]), 2)
            self.assertEqual((answer.json["misses"], answer.json["skipped"], answer.json["failed"]), ([], 0, 0))
            metrics = running.get("/metrics").body.decode()
            self.assertIn('nozama_recall_searches_total{outcome="measured"} 2\n', metrics)
            self.assertIn('nozama_recall_results_total{found="false"} 0\n', metrics)
            self.assertIn("nozama_recall_at_30 1\n", metrics)
            self.assertRegex(metrics, r'nozama_recall_cpu_seconds\{mode="exact",quantile="0.99"\} [0-9.e-]+\n')
            self.assertEqual(running.get("/api/v1/recall?hours=1").json["code"], "unknown_parameter")
        with service.Service("--recall-sample-every", "0") as running:
            self.assertEqual(running.search_json(product_id="rings-1").status, 200)
            self.assertEqual((running.get("/api/v1/recall").json["sample_every"], running.get("/api/v1/recall").json["searches"]), (0, 0))

    # features: I6
    def test_a_request_id_joins_answer_and_log(self):
        answer = self.service.get("/api/v1/products/no-such", {"X-Request-Id": "test-4711"})
        self.assertEqual(answer.headers["X-Request-Id"], "test-4711")
        self.assertEqual(answer.json["request_id"], "test-4711")
        self.assertTrue(service.wait_until(lambda: "request_id=test-4711" in self.service.log()))
        line = next(line for line in self.service.log().splitlines() if "request_id=test-4711" in line)
        self.assertRegex(line, r" info request method=GET path=/api/v1/products/no-such status=404 ms=[0-9.]+ ")
        ids = {self.service.get("/healthz").headers["X-Request-Id"] for _ in range(5)}
        self.assertEqual(len(ids), 5)
        strange = self.service.get("/healthz", {"X-Request-Id": 'a" status=200'})
        self.assertRegex(strange.headers["X-Request-Id"], r"^[0-9a-f]{16}$")

    # features: I6
    def test_the_log_can_be_json(self):
        with service.Service("--log-format", "json") as running:
            running.get("/healthz", {"X-Request-Id": "json-1"})
            self.assertTrue(service.wait_until(lambda: "json-1" in running.log()))
            lines = [json.loads(line) for line in running.log().splitlines() if line.startswith("{")]
            request = next(line for line in lines if line.get("request_id") == "json-1")
            self.assertEqual((request["event"], request["method"], request["path"], request["status"]), ("request", "GET", "/healthz", "200"))

    # features: I6
    def test_only_trusted_proxies_say_who_asks(self):
        forged = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "who-1"}
        self.service.get("/healthz", forged)
        self.assertTrue(service.wait_until(lambda: "request_id=who-1" in self.service.log()))
        self.assertIn(" client=127.0.0.1 request_id=who-1", self.service.log())
        with service.Service("--trusted-proxies", "127.0.0.0/8", "--public-url", "https://shop.example") as running:
            running.get("/healthz", forged)
            self.assertTrue(service.wait_until(lambda: "request_id=who-1" in running.log()))
            self.assertIn(" client=203.0.113.9 request_id=who-1", running.log())

    def test_addresses_that_cannot_be_right_are_refused_at_the_start(self):
        for flag, value, reason in (("--trusted-proxies", "10.0.0.0/99", "10.1.0.0/16"), ("--public-url", "shop.example", "https://shop.example"),
                                    ("--public-url", "https://shop.example/path", "without a path")):
            with self.assertRaisesRegex(RuntimeError, reason):
                service.Service(flag, value)

    # features: I2
    def test_only_configured_origins_may_read_answers(self):
        origin = {"Origin": "https://shop.example"}
        self.assertNotIn("Access-Control-Allow-Origin", self.service.get("/api/v1/shop", origin).headers)
        with service.Service("--cors-origins", "https://shop.example,https://other.example") as running:
            answer = running.get("/api/v1/shop", origin)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://shop.example")
            self.assertIn("Origin", answer.headers["Vary"])
            self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
            self.assertNotIn("Access-Control-Allow-Origin", running.get("/api/v1/shop", {"Origin": "https://evil.example"}).headers)
            preflight = running.ask("OPTIONS", "/api/v1/search", headers={**origin, "Access-Control-Request-Method": "POST"})
            self.assertEqual(preflight.status, 204)
            self.assertIn("POST", preflight.headers["Access-Control-Allow-Methods"])
            refused = running.search(b"no picture", origin)
            self.assertEqual((refused.status, refused.headers["Access-Control-Allow-Origin"]), (415, "https://shop.example"))

    def test_answers_carry_the_safe_headers(self):
        for path in ("/", "/api/v1/shop", "/healthz", "/nothing"):
            headers = self.service.get(path, {"Accept": "text/html"}).headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", path)
            self.assertIn("default-src", headers["Content-Security-Policy"], path)
            self.assertNotRegex(headers["Content-Security-Policy"], "unsafe-(inline|eval)", path)

    # features: I1
    def test_many_clients_at_once_all_get_their_own_product(self):
        names = [f"{kind.lower()}-{number}" for kind in shop.KINDS for number in range(4)]

        def search(name):
            kind, number = name.rsplit("-", 1)
            answer = self.service.search(shop.product_picture(kind.capitalize(), int(number)), limit=3, min_score=0)
            return answer.status, service.result_ids(answer)[0]

        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(search, names))
        self.assertEqual(answers, [(200, name) for name in names])

    def test_one_connection_serves_many_requests(self):
        connection = self.service.connection()
        for _ in range(5):
            connection.request("GET", "/api/v1/products?limit=1")
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            response.read()
        connection.close()

    # features: I8
    def test_a_photo_leaves_no_trace(self):
        with service.Service("--log-level", "debug") as running:
            self.assertEqual(running.search(shop.noise(6)).status, 200)
            before = files_of(shop.data_dir())
            marker = b"GPS-SECRET-MARKER-0815"
            photo = with_text_chunk(shop.noise(7), marker)
            answer = running.search(photo)
            self.assertEqual(answer.status, 200)
            vector = answer.json["query"]["vector"]
            self.assertEqual(running.search_json(vector=vector).status, 200)
            running.get("/search?vector=" + vector, {"Accept": "text/html"})
            new = {path for path in files_of(shop.data_dir()) if path not in before and not path.name.endswith(("-wal", "-shm"))}
            self.assertEqual(new, set())
            running.stop()
            needles = [marker, photo[60:124], vector.encode()]
            for path in files_of(shop.data_dir()):
                content = path.read_bytes()
                self.assertFalse(any(needle in content for needle in needles), path)
            log = running.log()
            self.assertIn("request", log)
            self.assertFalse(any(needle.decode("latin-1") in log for needle in needles))
            self.assertNotIn(vector[:40], log)


class OverloadTest(unittest.TestCase):
    # features: I6
    def test_a_full_queue_answers_busy_at_once_and_the_catalogue_goes_on(self):
        large = shop.png(2500, 2500, bytes(2500 * 2500 * 3))
        with service.Service("--queue-length-max", "1", "--threads", "1") as running:
            with concurrent.futures.ThreadPoolExecutor(24) as clients:
                searches = [clients.submit(running.search, large) for _ in range(24)]
                browsing = running.get("/api/v1/products", limit=1)
                answers = [search.result() for search in searches]
            self.assertEqual(browsing.status, 200)
            self.assertEqual({answer.status for answer in answers}, {200, 503})
            for answer in answers:
                contract.check("POST", "/api/v1/search", answer)
                if answer.status == 503:
                    self.assertEqual(answer.json["code"], "busy")
                    self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
            self.assertEqual(running.search(shop.noise(8)).status, 200)


class StopTest(unittest.TestCase):
    # features: I1
    def test_sigterm_finishes_the_request_in_flight(self):
        photo = shop.png(3000, 3000, bytes(3000 * 3000 * 3))
        with service.Service("--threads", "1") as running:
            self.assertEqual(running.search(shop.noise(9)).status, 200)  # the encoder is warm
            idle = socket.create_connection(("127.0.0.1", running.port), timeout=30)
            with concurrent.futures.ThreadPoolExecutor(4) as clients:
                searches = [clients.submit(running.search, photo) for _ in range(4)]
                self.assertTrue(service.wait_until(lambda: in_flight(running)))
                running.process.send_signal(signal.SIGTERM)
                answers = [search.result() for search in searches]
            self.assertEqual({answer.status for answer in answers}, {200})
            self.assertEqual(running.process.wait(30), 0)
            self.assertEqual(idle.recv(1), b"")
            idle.close()

    def test_a_second_server_on_the_port_says_what_to_do(self):
        first = service.shared()
        done = shop.run("serve", "--data", shop.data_dir(), "--models", shop.MODELS, "--listen", f"127.0.0.1:{first.port}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"port {first.port}", done.stderr)
        self.assertIn("--listen", done.stderr)
        self.assertEqual(first.get("/healthz").status, 200)

    def test_an_address_of_another_machine_is_refused(self):
        done = shop.run("serve", "--data", shop.data_dir(), "--models", shop.MODELS, "--listen", "203.0.113.7:0")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("203.0.113.7", done.stderr)


def in_flight(running):
    """All four searches have been sent and none of them is refused: one runs, the others wait."""
    found = re.search(r'^nozama_queue_length\{pool="encode"\} (\d+)', running.get("/metrics").body.decode(), re.MULTILINE)
    return found is not None and int(found.group(1)) >= 2


def files_of(folder):
    return {path for path in pathlib.Path(folder).rglob("*") if path.is_file()}


def with_text_chunk(picture, text):
    """The PNG with a comment, as cameras write places and names into theirs."""
    data = b"Comment\0" + text
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data + struct.pack(">I", zlib.crc32(b"tEXt" + data))
    end = picture.index(b"IEND") - 4
    return picture[:end] + chunk + picture[end:]


if __name__ == "__main__":
    unittest.main()
