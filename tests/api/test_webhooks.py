"""Webhooks: what ends is told, signed, at least once, to a real receiver."""
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import threading
import time
import unittest

import accounts
import service

FEED = "id,title,price,currency\nwebhook-1,A thing,1.00,EUR\n"
WAIT_S = 30


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it was sent; answers with the next of `statuses`, then 200."""

    daemon_threads = True

    def __init__(self):
        received, statuses = self.received, self.statuses = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers.items()), body))
                status = statuses.pop(0) if statuses else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://169.254.169.254/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"

    def close(self):
        self.shutdown()
        self.server_close()

    def wait_for(self, count):
        end = time.monotonic() + WAIT_S
        while len(self.received) < count and time.monotonic() < end:
            time.sleep(0.05)
        if len(self.received) < count:
            raise AssertionError(f"{len(self.received)} of {count} deliveries came")
        return self.received


def signature(secret, headers, body):
    """As standardwebhooks.com describes it."""
    headers = {name.lower(): value for name, value in headers.items()}
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return headers["webhook-signature"], "v1," + base64.b64encode(digest).decode()


class Webhooks(accounts.Shop):
    flags = ("--fetch-networks", "127.0.0.0/8")

    def setUp(self):
        self.admin_ = self.admin("hooks@mail.example")
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def hook(self, url=None):
        made = self.admin_.ask("POST", "/api/v1/webhooks", {"url": url or self.receiver.url})
        self.assertEqual(made.status, 201, made.body)
        self.addCleanup(lambda: self.admin_.ask("DELETE", f"/api/v1/webhooks/{made.json['id']}"))
        return made.json

    def import_feed(self):
        feed = pathlib.Path(self.folder, "feed.csv")
        feed.write_text(FEED)
        self.nozama("import", str(feed))

    def deliveries(self, hook):
        return self.admin_.ask("GET", f"/api/v1/webhooks/{hook['id']}/deliveries").json["deliveries"]

    def until(self, hook, wanted):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            newest = self.deliveries(hook)[0]
            if wanted(newest):
                return newest
            time.sleep(0.05)
        self.fail(f"the delivery is {newest}")

    # features: D1
    def test_the_end_of_an_import_is_told_with_a_signature(self):
        hook = self.hook()
        self.assertTrue(hook["secret"].startswith("whsec_"))
        self.import_feed()
        [(headers, body)] = self.receiver.wait_for(1)
        self.assertEqual(*signature(hook["secret"], headers, body))
        told = json.loads(body)
        self.assertEqual(told["type"], "job.done")
        self.assertEqual((told["data"]["job"]["kind"], told["data"]["job"]["state"]), ("import", "done"))
        self.assertEqual(told["data"]["job"]["created"] + told["data"]["job"]["unchanged"], 1)
        delivered = self.until(hook, lambda one: one["state"] == "delivered")
        self.assertEqual((delivered["attempts"], delivered["outcome"], delivered["next_attempt"]), (1, "200", None))
        listed = self.admin_.ask("GET", "/api/v1/webhooks")
        self.assertNotIn("whsec_", listed.body.decode())

    # features: D1
    def test_a_receiver_that_fails_is_told_again_with_the_same_id(self):
        hook = self.hook()
        self.receiver.statuses.append(500)
        self.assertEqual(self.admin_.ask("POST", f"/api/v1/webhooks/{hook['id']}/ping").status, 202)
        waiting = self.until(hook, lambda one: one["outcome"] == "500")
        self.assertEqual((waiting["state"], waiting["attempts"]), ("waiting", 1))
        first, second = self.receiver.wait_for(2)
        lower = lambda headers: {name.lower(): value for name, value in headers.items()}
        self.assertEqual(lower(first[0])["webhook-id"], lower(second[0])["webhook-id"])
        self.assertEqual(json.loads(second[1]), json.loads(first[1]) | {"type": "ping", "data": {}})
        self.until(hook, lambda one: one["state"] == "delivered" and one["attempts"] == 2)

    def test_redirects_and_refused_addresses_are_not_followed(self):
        hook = self.hook()
        self.receiver.statuses.append(302)
        self.admin_.ask("POST", f"/api/v1/webhooks/{hook['id']}/ping")
        self.assertEqual(self.until(hook, lambda one: one["attempts"] >= 1 and one["outcome"])["outcome"], "302")
        metadata = self.hook("http://169.254.169.254/latest")
        self.admin_.ask("POST", f"/api/v1/webhooks/{metadata['id']}/ping")
        refused = self.until(metadata, lambda one: one["outcome"])
        self.assertEqual(refused["state"], "waiting")
        self.assertIn("169.254.169.254", refused["outcome"])

    def test_what_was_not_told_before_a_stop_is_told_after_the_start(self):
        hook = self.hook()
        type(self).service.process.kill()
        self.service.process.wait()
        self.import_feed()
        self.assertEqual(self.receiver.received, [])
        type(self).service = service.Service("--sign-ins-per-minute", "0", *self.flags, data=self.data)
        self.addClassCleanup(self.service.close)
        self.admin_ = self.admin("hooks-again@mail.example")
        [(headers, body)] = self.receiver.wait_for(1)
        self.assertEqual(*signature(hook["secret"], headers, body))

    def test_only_admins_have_webhooks_and_bad_addresses_are_refused(self):
        shopper = self.browser("hookless@mail.example")
        self.refused(shopper.ask("GET", "/api/v1/webhooks"), 403, "not_allowed")
        self.refused(self.admin_.ask("POST", "/api/v1/webhooks", {"url": "ftp://shop.example/"}), 400, "bad_url")
        self.refused(self.admin_.ask("POST", "/api/v1/webhooks", {}), 400, "bad_url")
        self.refused(self.admin_.ask("POST", "/api/v1/webhooks", {"url": "https://user:secret@shop.example/"}), 400, "bad_url")
        self.refused(self.admin_.ask("DELETE", "/api/v1/webhooks/999"), 404, "unknown_webhook")
        self.refused(self.admin_.ask("POST", "/api/v1/webhooks/x/ping"), 404, "unknown_webhook")
        self.refused(self.admin_.ask("GET", "/api/v1/webhooks/999/deliveries"), 404, "unknown_webhook")


if __name__ == "__main__":
    unittest.main()
