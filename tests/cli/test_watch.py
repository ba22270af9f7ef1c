"""`nozama watch`: periodic sync of a folder or of a URL."""
import http.server
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

import program

MODELS = os.environ.get("NOZAMA_MODELS", pathlib.Path(__file__).resolve().parents[2] / "build/models")


class FeedHandler(http.server.BaseHTTPRequestHandler):
    feed, etag = b"", '"1"'

    def do_GET(self):
        same = self.headers.get("If-None-Match") == type(self).etag
        self.send_response(304 if same else 200)
        self.send_header("ETag", type(self).etag)
        self.send_header("Content-Length", str(0 if same else len(type(self).feed)))
        self.end_headers()
        self.wfile.write(b"" if same else type(self).feed)

    def log_message(self, *arguments):
        pass


class Watch(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-watch-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def watch(self, *arguments):
        command = [program.PROGRAM, "watch", "--data", self.folder / "data", "--models", MODELS, "--interval", "1", *arguments]
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def line_with(self, process, words):
        for line in process.stdout:
            if words in line:
                return line
        self.fail(f"nozama watch ended without '{words}'")

    # features: G4
    def test_a_url_is_imported_when_it_has_changed_and_ctrl_c_ends_cleanly(self):
        FeedHandler.feed = b'{"id":"1","title":"One"}\n{"id":"2","title":"Two"}\n'
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FeedHandler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        process = self.watch("--full", "--fetch-networks", "127.0.0.1", f"http://127.0.0.1:{server.server_address[1]}/feed.jsonl")
        self.line_with(process, "2 new")
        self.line_with(process, "not modified")
        FeedHandler.feed, FeedHandler.etag = b'{"id":"1","title":"One changed"}\n', '"2"'
        self.line_with(process, "0 new, 1 changed, 0 unchanged, 1 deleted")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 0)

    # features: G4
    def test_a_file_that_is_missing_for_a_while_is_told_and_watched_on(self):
        feed = self.folder / "feed.csv"
        process = self.watch(feed)
        self.line_with(process, "failed")
        feed.write_text("id,title\n1,One\n", encoding="utf-8")
        self.line_with(process, "1 new")
        self.line_with(process, "1 unchanged")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
