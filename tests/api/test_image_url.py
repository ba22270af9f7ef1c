"""POST /api/v1/search with `image_url`, against a server of this test."""
import http.server
import json
import threading
import unittest

import service
import shop


class PhotoServer(http.server.ThreadingHTTPServer):
    def __init__(self, photo):
        super().__init__(("127.0.0.1", 0), Handler)
        self.photo, self.asked, self.traces, self.gone = photo, [], [], threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


def wait_for_end(connection, seconds=30):
    """True when the other side has closed the connection."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.traces.append(self.headers["traceparent"])
        if self.path in ("/private", "/away"):
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/" if self.path == "/private" else "/photo")
            self.end_headers()
            return
        if self.path == "/slow":
            self.server.gone.set() if wait_for_end(self.connection) else None
            return
        body = {"/photo": self.server.photo, "/page": b"<html></html>", "/huge": b"x" * (2 << 20)}.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "image/jpeg" if self.path == "/page" else "text/html")  # nobody should believe it
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *arguments):
        pass


FROM_HERE = ("--image-url-search", "own-networks", "--fetch-networks", "127.0.0.1")


class ImageUrl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.photo = shop.product_picture(next(iter(shop.KINDS)), 0)
        cls.server = PhotoServer(cls.photo)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)

    def search(self, running, url, **fields):
        return running.search_json(image_url=url, **fields)

    # features: I6
    def test_a_trace_goes_through_to_the_other_server_and_into_the_log(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        with service.Service(*FROM_HERE) as running:
            for header, passed in ((f"00-{trace}-b7ad6b7169203331-01", True), (f"00-{trace}-0000000000000000-01", False), (f"00-{trace}-b7ad6b7169203331-01\tx", False)):
                self.server.traces.clear()
                name = f"trace-{passed}"
                headers = {"Content-Type": "application/json", "traceparent": header, "X-Request-Id": name}
                self.assertEqual(running.ask("POST", "/api/v1/search", json.dumps({"image_url": self.server.url("/photo")}), headers).status, 200)
                (handed_on,) = self.server.traces
                if passed:
                    self.assertRegex(handed_on, f"^00-{trace}-[0-9a-f]{{16}}-01$")
                    self.assertNotIn("b7ad6b7169203331", handed_on)
                else:
                    self.assertIsNone(handed_on)
                self.assertTrue(service.wait_until(lambda: f"request_id={name}" in running.log()))
                line = next(line for line in running.log().splitlines() if f"request_id={name}" in line)
                self.assertEqual(f" trace_id={trace}" in line, passed, line)

    # features: G5
    def test_a_photo_by_url_finds_what_the_photo_finds(self):
        with service.Service(*FROM_HERE, "--upload-mib-max", "1") as running:
            by_photo = running.search(self.photo)
            for path in ("/photo", "/away"):
                by_url = self.search(running, self.server.url(path))
                self.assertEqual(by_url.status, 200, by_url.body)
                self.assertEqual(service.result_ids(by_url), service.result_ids(by_photo))
            for url, status, code in (
                (self.server.url("/private"), 400, "fetch_refused"),
                (self.server.url("/page"), 422, "not_a_picture"),
                (self.server.url("/missing"), 422, "fetch_failed"),
                (self.server.url("/huge"), 413, "fetch_too_large"),
                ("http://127.0.0.1:1/", 422, "fetch_failed"),
                ("file:///etc/passwd", 400, "bad_url"),
                ("http://user:secret@shop.example/", 400, "bad_url"),
            ):
                answer = self.search(running, url)
                self.assertEqual((answer.status, answer.json["code"]), (status, code), url)
            both = self.search(running, self.server.url("/photo"), product_id="x")
            self.assertEqual((both.status, both.json["code"]), (400, "missing_query"))

    # features: G5
    def test_it_is_off_by_default_and_never_reaches_the_servers_own_network(self):
        asked = len(self.server.asked)
        with service.Service() as running:
            answer = self.search(running, self.server.url("/photo"))
            self.assertEqual((answer.status, answer.json["code"]), (403, "fetch_off"))
        # Networks that are named for the merchant's feeds are not shoppers' to reach.
        with service.Service("--image-url-search", "public", "--fetch-networks", "127.0.0.0/8") as running:
            for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"):
                answer = self.search(running, f"http://{host}:{self.server.server_address[1]}/photo")
                self.assertEqual((answer.status, answer.json["code"]), (400, "fetch_refused"), host)
        self.assertEqual(len(self.server.asked), asked)

    # features: G5
    def test_slow_pictures_hold_no_encoder_and_end_with_the_time_or_with_the_client(self):
        with service.Service(*FROM_HERE, "--request-timeout-ms", "60000", "--threads", "1") as running:
            waiting = []
            for _ in range(4):  # every thread that fetches
                connection = running.connection()
                connection.request("POST", "/api/v1/search", json.dumps({"image_url": self.server.url("/slow")}), {"Content-Type": "application/json"})
                waiting.append(connection)
            self.assertTrue(service.wait_until(lambda: self.server.asked.count("/slow") == 4))
            self.assertEqual(running.search(self.photo).status, 200)
            self.assertFalse(self.server.gone.is_set())
            for connection in waiting:
                connection.close()
            self.assertTrue(self.server.gone.wait(15), "the fetch goes on though its client has gone")
        with service.Service(*FROM_HERE, "--request-timeout-ms", "2000") as running:
            answer = self.search(running, self.server.url("/slow"))
            self.assertEqual((answer.status, answer.json["code"]), (422, "fetch_failed"))


if __name__ == "__main__":
    unittest.main()
