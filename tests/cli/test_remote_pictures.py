"""nozama import of pictures that a feed names by URL, from a server of this test; and of originals in a bucket."""
import collections
import http.server
import os
import threading
import unittest

from program import ProgramTest, picture

BUCKET = os.environ.get("NOZAMA_TEST_S3")


class PictureServer(http.server.ThreadingHTTPServer):
    """Serves pictures/NUMBER.png with an ETag; `fail` maps a path to a status, `version` changes every picture."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.sent, self.fail, self.version = collections.Counter(), collections.Counter(), {}, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked[self.path] += 1
        body, headers = b"", {}
        if self.path in server.fail:
            status = server.fail[self.path]
        elif self.path == "/to-private.png":
            status, headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}
        elif self.path == "/page.png":
            status, body = 200, b"<html>not a picture</html>"
        else:
            tag = f'"{self.path}-{server.version}"'
            status, headers = 200, {"ETag": tag}
            if self.headers["If-None-Match"] == tag:
                status = 304
            else:
                body = picture(f"{self.path}{server.version}")
                server.sent[self.path] += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class RemotePictures(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server = PictureServer()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def shop(self, paths):
        return self.write_feed([f"p{n},Thing {n},Group,{n + 1}.50,EUR,{self.server.url(path)}" for n, path in enumerate(paths)])

    def fetch(self, feed, *more):
        return self.report(self.run_program("import", "--data", self.data, "--json", "--fetch-networks", "127.0.0.1", *more, feed))

    # features: G4 G5
    def test_pictures_are_fetched_once_and_again_only_when_they_have_changed(self):
        feed = self.shop([f"/{n}.png" for n in range(12)])
        first = self.fetch(feed)
        self.assertEqual((first["products"], first["pictures_fetched"], first["pictures_embedded"], first["pictures_failed"]), (12, 12, 12, 0), first["errors"])
        dry = self.fetch(feed, "--dry-run")
        self.assertEqual((dry["unchanged"], dry["pictures_fetched"]), (12, 0))
        second = self.fetch(feed)
        self.assertEqual((second["unchanged"], second["pictures_fetched"], second["pictures_embedded"]), (12, 0, 0))
        self.assertEqual((sum(self.server.asked.values()), sum(self.server.sent.values())), (24, 12))
        self.server.version = 1
        third = self.fetch(feed)
        self.assertEqual((third["updated"], third["pictures_fetched"], third["pictures_embedded"]), (12, 12, 12))

    # features: G5
    def test_each_picture_that_cannot_be_had_is_told_and_the_others_are_kept(self):
        self.server.fail = {"/gone.png": 404, "/denied.png": 403}
        report = self.fetch(self.shop(["/0.png", "/gone.png", "/denied.png", "/to-private.png", "/page.png", "/1.png"]))
        self.assertEqual((report["products"], report["pictures_fetched"], report["pictures_failed"], report["pictures_embedded"]), (6, 3, 4, 2), report["errors"])
        codes = {error["line"]: error["code"] for error in report["errors"]}
        self.assertEqual((codes[3], codes[4], codes[5]), ("not_there", "server_refused", "address_refused"))
        self.assertEqual(set(codes), {3, 4, 5, 6})

    # features: G5
    def test_a_server_that_is_busy_for_a_while_costs_no_picture(self):
        feed = self.shop(["/0.png", "/1.png"])
        self.fetch(feed)
        self.server.fail = {"/0.png": 503}
        report = self.fetch(feed)
        self.assertEqual((report["unchanged"], report["pictures_failed"], report["errors"][0]["code"]), (2, 1, "server_refused"))
        self.assertEqual(self.server.asked["/0.png"], 1 + 4)

    # features: G5
    def test_own_networks_are_not_reached_unless_they_are_named(self):
        report = self.report(self.import_feed(self.shop(["/0.png"])))
        self.assertEqual((report["products"], report["pictures_failed"], report["errors"][0]["code"]), (1, 1, "address_refused"))
        self.assertEqual(self.server.asked.total(), 0)
        bad = self.run_program("import", "--data", self.data, "--fetch-networks", "10.0.0.0/99", self.shop(["/0.png"]))
        self.assertEqual(bad.returncode, 2)
        self.assertIn("10.0.0.0/99", bad.stderr)


@unittest.skipUnless(BUCKET, "NOZAMA_TEST_S3 names no server; ./dev test starts one")
class Bucket(ProgramTest):
    # features: I3
    def test_originals_lie_in_the_bucket_and_the_doctor_finds_them(self):
        place, _, query = BUCKET.partition("?")
        key = {"AWS_ACCESS_KEY_ID": "nozama-test", "AWS_SECRET_ACCESS_KEY": "nozama-test-secret"}
        blobs = f"{place}/{self.folder.name.replace('_', '-')}?{query}"
        feed = self.plain_shop(20)
        environment = {**os.environ, **key, "NOZAMA_BLOBS": blobs}
        done = self.run_program("import", "--data", self.data, "--json", feed, env=environment)
        self.assertEqual((self.report(done)["pictures_embedded"], done.returncode), (20, 0), done.stderr)
        self.assertFalse((self.data / "pictures").exists())
        self.assertEqual(self.run_program("doctor", "--data", self.data, env=environment).returncode, 0)
        elsewhere = {**environment, "NOZAMA_BLOBS": f"{place}/another?{query}"}
        self.assertNotEqual(self.run_program("doctor", "--data", self.data, env=elsewhere).returncode, 0)
        keyless = {name: value for name, value in environment.items() if name not in key}
        refused = self.run_program("doctor", "--data", self.data, env=keyless)
        self.assertIn("AWS_ACCESS_KEY_ID", refused.stdout + refused.stderr)


if __name__ == "__main__":
    unittest.main()
