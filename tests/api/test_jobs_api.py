"""Imports that run in the server: their jobs, events and errors, and the export."""
import csv
import io
import json
import signal
import threading
import unittest
import uuid

import merchant
import service
import shop
from merchant import database


class JobsApi(merchant.MerchantCase):
    def start_import(self, feed, content_type="text/csv", query=""):
        return self.ask("POST", f"/api/v1/imports{query}", feed, content_type)

    def ended(self, job):
        def over():
            job.update(self.ask("GET", f"/api/v1/jobs/{job['id']}").json)
            return job["state"] != "running"

        self.assertTrue(service.wait_until(over, 90), job)
        return job

    def events(self, job):
        """The events of a job until its end: (name, data)."""
        answer = self.ask("GET", f"/api/v1/jobs/{job['id']}/events")
        self.assertEqual((answer.status, answer.type), (200, "text/event-stream"))
        blocks = [block for block in answer.body.decode().split("\n\n") if block.startswith("event:")]
        return [(block.split("\n")[0].removeprefix("event: "), json.loads(block.split("\n")[1].removeprefix("data: "))) for block in blocks]

    def slow_feed(self, rows=40):
        """A feed whose pictures arrive one by one until `self.gate` is opened; the pictures are of this call."""
        gate, name = threading.Event(), uuid.uuid4().hex[:8]

        def answer(handler):
            gate.wait(60)
            photo = shop.noise(handler.path)
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(photo)))
            handler.end_headers()
            handler.wfile.write(photo)

        lines = ["id,title,picture"]
        for number in range(rows):
            path = f"/slow/{name}/{number}.png"
            self.files.files[path] = answer
            lines.append(f"{name}-{number},Slow {number},{self.files.url(path)}")
        return "\n".join(lines) + "\n", gate, name

    def test_a_dry_run_tells_what_an_import_would_do_and_stores_nothing(self):
        photo = shop.noise("of a dry run")
        self.files.files["/dry.png"] = photo
        feed = f"id,title,price,currency,picture\ndry-1,One,1.50,EUR,{self.files.url('/dry.png')}\ndry-2,Two,cheap,EUR,\ndry-3,Three,2,EUR,/etc/hostname\n"
        job = self.ended(self.start_import(feed, query="?dry_run=true").json)
        self.assertEqual((job["kind"], job["state"], job["created"], job["failed"], job["pictures_embedded"]), ("import-preview", "done", 2, 1, 0), job)
        errors = self.ask("GET", f"/api/v1/jobs/{job['id']}/errors").json["errors"]
        self.assertEqual(sorted((error["line"], error["code"]) for error in errors), [(3, "bad_price"), (4, "bad_picture")], errors)
        self.assertEqual(self.ask("GET", "/api/v1/products/dry-1").status, 404, "nothing is stored")
        self.assertNotIn("/dry.png", self.files.asked, "no picture is fetched")
        answer = self.start_import(feed)
        self.assertEqual(answer.status, 202, answer.body)
        again = self.ended(answer.json)
        self.assertEqual((again["kind"], again["created"]), ("import", 2))
        answer = self.start_import(feed, query="?dry_run=true")
        self.assertEqual(answer.status, 202, answer.body)
        self.assertEqual(self.ended(answer.json)["unchanged"], 2)
        self.assertEqual(self.start_import(feed, query="?dry_run=perhaps").status, 400)
        self.assertEqual(list((self.data / "imports").iterdir()), [], "the feed of a dry run is not kept")

    # features: G4, I2
    def test_an_upload_is_imported_and_its_bad_rows_are_told(self):
        photo = shop.noise("of a feed")
        self.files.files["/feed.png"] = photo
        feed = f"id,title,price,currency,picture\nf-1,One,1.50,EUR,{self.files.url('/feed.png')}\nf-2,\"Two, \"\"quoted\"\"\",cheap,EUR,\nf-3,Three,2,EUR,{self.files.url('/missing.png')}\nf-4,Four,2,EUR,/etc/hostname\n"
        started = self.start_import(feed)
        self.assertEqual(started.status, 202, started.body)
        events = self.events(started.json)
        self.assertEqual((events[-1][0], events[-1][1]["state"]), ("end", "done"), events)
        job = events[-1][1]
        self.assertEqual((job["created"], job["failed"], job["pictures_embedded"]), (3, 1, 1))
        self.assertEqual(self.found_first(photo), "f-1")
        errors = self.ask("GET", f"/api/v1/jobs/{job['id']}/errors").json["errors"]
        self.assertEqual(sorted((error["line"], error["code"]) for error in errors), [(3, "bad_price"), (4, "not_there"), (5, "bad_picture")])
        self.assertEqual(len(self.ask("GET", f"/api/v1/jobs/{job['id']}/errors?offset=1&limit=1").json["errors"]), 1)
        table = self.ask("GET", f"/api/v1/jobs/{job['id']}/errors?format=csv")
        rows = list(csv.DictReader(io.StringIO(table.body.decode())))
        self.assertEqual([int(row["line"]) for row in rows], [error["line"] for error in errors])
        self.assertIn(job["id"], [listed["id"] for listed in self.ask("GET", "/api/v1/jobs").json["jobs"]])
        self.assertEqual(list((self.data / "imports").iterdir()), [], "a feed that is done is not kept")

    # features: G4, G5
    def test_a_feed_comes_by_url_through_the_guard(self):
        self.files.files["/feed.jsonl"] = b'{"id": "u-1", "title": "By URL", "price": 3, "currency": "EUR"}\n'
        job = self.ended(self.ask("POST", "/api/v1/imports", {"url": self.files.url("/feed.jsonl")}).json)
        self.assertEqual((job["state"], job["created"]), ("done", 1), job)
        for url, words in (("http://169.254.169.254/feed", "address"), (self.files.url("/none"), "404")):
            job = self.ended(self.ask("POST", "/api/v1/imports", {"url": url}).json)
            self.assertEqual(job["state"], "failed")
            self.assertIn(words, job["message"])
        job = self.ended(self.start_import("no feed at all").json)
        self.assertEqual(job["state"], "failed", job)
        for body, content_type, query in (({}, "application/json", ""), ("", "text/csv", ""), ("id\n", "text/csv", "?currency=euro"), ("id\n", "text/csv", "?fulll=true")):
            self.assertEqual(self.ask("POST", f"/api/v1/imports{query}", body, content_type).status, 400, query)
        for target in ("/api/v1/jobs/999999", "/api/v1/jobs/x", "/api/v1/jobs/999999/events", "/api/v1/jobs/999999/errors"):
            self.assertEqual(self.ask("GET", target).json["code"], "unknown_job")

    # features: G4
    def test_an_import_is_paused_resumed_and_cancelled(self):
        feed, gate, name = self.slow_feed()
        job = self.start_import(feed).json
        self.assertEqual(self.start_import("id,title\nx,X\n").json["code"], "job_running")
        paused = self.ask("POST", f"/api/v1/jobs/{job['id']}/pause")
        self.assertEqual((paused.status, paused.json["state"]), (200, "paused"), paused.body)
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job['id']}/pause").json["code"], "job_not_running")
        gate.set()
        resumed = self.ask("POST", f"/api/v1/jobs/{job['id']}/resume").json
        self.assertEqual(resumed["id"], job["id"])
        self.assertEqual(self.ended(resumed)["state"], "done")
        self.assertEqual(self.service.get(f"/api/v1/products/{name}-39").status, 200)
        feed, gate, name = self.slow_feed()
        job = self.start_import(feed).json
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job['id']}/pause").json["state"], "paused")
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job['id']}/cancel").json["state"], "cancelled")
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job['id']}/resume").json["code"], "job_not_paused")
        job = self.start_import(feed).json
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{job['id']}/cancel").json["state"], "cancelled")
        gate.set()
        self.assertEqual(list((self.data / "imports").iterdir()), [])

    # features: G4
    def test_a_job_that_a_stop_or_a_death_has_interrupted_goes_on_at_the_next_start(self):
        for way in (signal.SIGTERM, signal.SIGKILL):
            feed, gate, name = self.slow_feed()
            job = self.start_import(feed).json
            self.service.process.send_signal(way)
            self.service.process.wait(60)
            self.service.close()
            gate.set()
            type(self).service = self.start()
            self.assertEqual(self.ended(job)["state"], "done", job)
            self.assertEqual(self.service.get(f"/api/v1/products/{name}-39").status, 200)

    def test_events_end_when_the_client_goes_and_nothing_waits_for_them(self):
        feed, gate, name = self.slow_feed(4)
        job = self.start_import(feed).json
        connections = []
        for _ in range(8):
            connection = self.service.connection()
            connection.request("GET", f"/api/v1/jobs/{job['id']}/events", headers={"Authorization": f"Bearer {self.secret}"})
            self.assertEqual(connection.getresponse().status, 200)
            connections.append(connection)
        self.assertEqual(self.service.search(shop.noise("meanwhile")).status, 200)
        for connection in connections:
            connection.close()
        gate.set()
        self.assertEqual(self.ended(job)["state"], "done")

    # features: G1, I2
    def test_an_export_imports_as_what_it_is(self):
        self.files.files["/e.png"] = shop.noise("exported")
        self.put("e 1", title=None, texts={"en": {"title": "A & B <b>", "description": "one\n\ntwo"}, "de": {"title": "Ä"}}, price="10", currency="EUR",
                 variants=[{"variant": "x", "price": "12", "attributes": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}, {"variant": "y", "stock": 3}],
                 category=["A > B", "C"], other_categories=[["Z"], ["D", "E"]], relations=[{"kind": "similar", "id": "plates-0"}], pictures=[self.files.url("/e.png")])
        answer = self.ask("GET", "/api/v1/export")
        lines = answer.body.decode().splitlines()
        self.assertEqual(len(lines), self.service.get("/api/v1/products").json["total"])
        self.assertEqual(self.run_program("export").stdout, answer.body.decode())
        job = self.ended(self.start_import(answer.body, "application/x-ndjson").json)
        self.assertEqual((job["state"], job["unchanged"], job["created"], job["updated"], job["failed"], job["pictures_embedded"]), ("done", len(lines), 0, 0, 0, 0), job)


class JobsOnSqlite(JobsApi, unittest.TestCase):
    pass


@database.needs_server
class JobsOnPostgres(JobsApi, unittest.TestCase):
    postgres = True


if __name__ == "__main__":
    unittest.main()
