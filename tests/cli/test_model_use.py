"""nozama model use: another encoder takes over while the old one serves, and an interrupted change loses nothing."""
import http.client
import json
import re
import signal
import sqlite3
import subprocess
import threading
import time

from program import PROGRAM, ProgramTest, picture

SMALL = "efficientnet-lite0"


class ModelTest(ProgramTest):
    def use(self, encoder, *flags):
        return self.run_program("model", "use", encoder, "--data", self.data, "--json", *flags)

    def serving(self):
        with sqlite3.connect(f"file:{self.data / 'catalogue.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT encoder FROM serving").fetchone()[0]

    def embedded(self, encoder):
        with sqlite3.connect(f"file:{self.data / 'catalogue.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM embedding e JOIN encoder n ON n.id = e.encoder_id WHERE n.name = ?", [encoder]).fetchone()[0]


class ModelUse(ModelTest):
    # features: B1
    def test_another_encoder_takes_over_and_going_back_embeds_nothing(self):
        first = self.report(self.import_feed(self.plain_shop(8)))["encoder"]
        there = self.report(self.use(SMALL + "/f32"))
        self.assertEqual((there["from"], there["to"], there["switched"], there["pictures_embedded"]), (first, SMALL + "@3/f32", True, 8))
        self.assertEqual(self.serving(), SMALL + "@3/f32")
        told = [finding for finding in self.doctor()["findings"] if finding["check"] == "unused"]
        self.assertIn("8 embeddings", told[0]["detail"])
        name, precision = re.fullmatch(r"(.+)@.+/(.+)", first).groups()
        back = self.report(self.use(f"{name}/{precision}", "--prune"))
        self.assertEqual((back["switched"], back["pictures_embedded"], back["pruned"]["embeddings"]), (True, 0, 8))
        self.assertEqual(self.embedded(SMALL + "@3/f32"), 0)

    def test_the_precision_of_a_new_catalogue_can_be_chosen_and_stays(self):
        feed = self.plain_shop(2)
        done = self.run_program("import", "--data", self.data, "--json", "--precision", "f32", feed)
        self.assertEqual(self.report(done)["encoder"], "efficientnet-lite1@3/f32")
        again = self.run_program("import", "--data", self.data, "--json", "--precision", "auto", feed)
        self.assertEqual(self.report(again)["encoder"], "efficientnet-lite1@3/f32")

    def test_what_cannot_be_used_is_refused_and_changes_nothing(self):
        self.import_feed(self.plain_shop(2))
        before = self.serving()
        for encoder, code, word in ((SMALL + "/f64", 2, "f32, bf16 or int8"), ("..", 3, "'..'"), ("nobody", 3, "nobody")):
            done = self.use(encoder)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(word, done.stderr)
        self.assertEqual(self.run_program("model", "use", SMALL, "--data", self.folder / "nowhere").returncode, 3)
        self.assertEqual(self.serving(), before)

    def test_after_kill_9_the_old_encoder_serves_and_the_rest_is_embedded_once(self):
        first = self.report(self.import_feed(self.plain_shop(400)))["encoder"]
        target = SMALL + "@3/f32"
        process = subprocess.Popen([PROGRAM, "model", "use", SMALL + "/f32", "--data", self.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while self.embedded(target) == 0 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stored = self.embedded(target)
        self.assertGreater(stored, 0)
        self.assertLess(stored, 400, "the change ended before it could be killed")
        self.assertEqual(self.serving(), first)
        resumed = self.report(self.use(SMALL))  # in the precision of the change that was killed
        self.assertEqual((resumed["to"], resumed["pictures_embedded"], resumed["switched"]), (target, 400 - stored, True))

    def test_a_picture_that_is_gone_is_named_and_the_others_change_over(self):
        self.import_feed(self.plain_shop(5))
        victim = next(path for path in (self.data / "pictures").rglob("*") if path.is_file())
        victim.unlink()
        done = self.use(SMALL + "/f32")
        self.assertEqual(done.returncode, 1)
        report = self.report(done)
        self.assertEqual((report["switched"], report["pictures_embedded"], report["pictures_failed"]), (True, 4, 1))
        self.assertEqual(report["errors"][0]["code"], "unknown_picture")
        self.assertIn(report["errors"][0]["source"], done.stderr)


class SwitchWhileServing(ModelTest):
    def ask(self, port, content_type, body):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/api/v1/search", body, {"Content-Type": content_type})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def search(self, port, number):
        part = b'--photo-boundary\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        body = part % (b"min_score", b"", b"0") + part % (b"image", b'; filename="p.png"', picture(number)) + b"--photo-boundary--\r\n"
        return self.ask(port, "multipart/form-data; boundary=photo-boundary", body)

    def ask_vector(self, port, vector):
        return self.ask(port, "application/json", json.dumps({"vector": vector}))

    def start_server(self):
        process = subprocess.Popen([PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return int(re.search(r":(\d+)\s*$", process.stdout.readline()).group(1))

    def test_searches_never_fail_during_a_switch_and_old_vectors_are_told_to_be_stale(self):
        self.import_feed(self.plain_shop(60))
        port = self.start_server()
        vector = self.search(port, 3)[1]["query"]["vector"]
        answers, done = [], threading.Event()

        def shop():
            number = 0
            while not done.is_set():
                status, answer = self.search(port, number)
                answers.append((status, number, answer["results"][0]["product"]["id"] if status == 200 and answer["results"] else answer))
                number = (number + 1) % 60

        shopper = threading.Thread(target=shop)
        shopper.start()
        try:
            self.assertTrue(self.report(self.use(SMALL + "/f32"))["switched"])
            deadline = time.monotonic() + 60
            while self.ask_vector(port, vector)[0] != 409 and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            done.set()
            shopper.join()
        self.assertGreater(len(answers), 5)
        self.assertEqual([answer for answer in answers if answer[0] != 200 or answer[2] != f"p{answer[1]}"], [])
        status, problem = self.ask_vector(port, vector)
        self.assertEqual((status, problem["code"]), (409, "stale_vector"))
