"""nozama import: upsert, resumption, and every kind of bad feed."""
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

from program import PROGRAM, ProgramTest, picture


class Import(ProgramTest):
    # features: G1 G4
    def test_importing_twice_changes_nothing_and_embeds_nothing(self):
        feed = self.plain_shop(6)
        first = self.report(self.import_feed(feed))
        self.assertEqual((first["dialect"], first["created"], first["pictures_embedded"], first["failed"]), ("csv", 6, 6, 0))
        second = self.report(self.import_feed(feed))
        self.assertEqual((second["created"], second["updated"], second["unchanged"], second["pictures_embedded"]), (0, 0, 6, 0))

    # features: G1
    def test_a_changed_row_updates_its_product_only(self):
        feed = self.plain_shop(4)
        self.import_feed(feed)
        feed.write_text(feed.read_text().replace("Thing 2", "Better thing 2"))
        report = self.report(self.import_feed(feed))
        self.assertEqual((report["updated"], report["unchanged"], report["pictures_embedded"]), (1, 3, 0))

    # features: G1
    def test_a_changed_picture_is_embedded_again_and_an_equal_one_elsewhere_is_not(self):
        feed = self.plain_shop(4)
        self.import_feed(feed)
        (self.folder / "pictures/1.png").write_bytes(picture(99))
        (self.folder / "copy.png").write_bytes(picture(2))
        with feed.open("a") as file:
            file.write("copy,Copy,Group 0,1,EUR,copy.png\n")
        report = self.report(self.import_feed(feed))
        self.assertEqual((report["created"], report["updated"], report["pictures_embedded"]), (1, 1, 1))

    # features: C8
    def test_products_that_share_a_picture_are_told_and_collapsed(self):
        self.write_pictures(5)
        (self.folder / "pictures/small.png").write_bytes(picture(3, side=84))
        rows = [f"p{n},Thing {n},G,1,EUR,pictures/{n}.png" for n in range(5)]
        feed = self.write_feed([*rows, "same,The same file,G,1,EUR,pictures/2.png", "small,Smaller,G,1,EUR,pictures/small.png"])
        duplicates = self.report(self.import_feed(feed))["near_duplicates"]
        self.assertEqual((duplicates["groups"], duplicates["products"], duplicates["compared"]), (2, 4, 6))
        self.assertCountEqual(duplicates["examples"], [["p2", "same"], ["p3", "small"]])
        self.assertEqual(self.report(self.import_feed(feed))["near_duplicates"]["compared"], 0)
        told = self.run_program("import", "--data", self.data, feed).stdout
        self.assertIn("near-identical", told)
        self.assertIn("near-identical", self.run_program("doctor", "--data", self.data).stdout)

        search = ["search", "--data", self.data, "--min-score", "0", "--json", self.folder / "pictures/small.png"]
        shown = {hit["product"]["id"]: hit["duplicates"] for hit in self.report(self.run_program(*search))["results"]}
        self.assertEqual(len(shown), 5)
        self.assertEqual(shown["small"], ["p3"])
        self.assertTrue(shown.get("p2") == ["same"] or shown.get("same") == ["p2"])
        everything = self.report(self.run_program(*search, "--show-duplicates"))["results"]
        self.assertEqual(len(everything), 7)
        self.assertEqual([hit["duplicates"] for hit in everything], [[]] * 7)

    def test_a_folder_tree_is_a_shop(self):
        for kind in ("shoes", "hats"):
            self.write_pictures(3, kind)
        (self.folder / "tree").mkdir()
        for kind in ("shoes", "hats"):
            (self.folder / kind).rename(self.folder / "tree" / kind)
        report = self.report(self.import_feed(self.folder / "tree"))
        self.assertEqual((report["dialect"], report["products"]), ("folder", 6))

    def test_jsonl_and_tsv_are_known_by_their_content(self):
        self.write_pictures(1)
        lines = self.folder / "feed.txt"
        lines.write_text('{"id":"a","title":"A","category":["X","Y"],"picture":"pictures/0.png"}\n')
        self.assertEqual(self.report(self.import_feed(lines))["dialect"], "jsonl")
        tabs = self.folder / "feed2.txt"
        tabs.write_text("id\ttitle\nb\tB\n")
        self.assertEqual(self.report(self.import_feed(tabs))["dialect"], "tsv")


class KilledImport(ProgramTest):
    def start(self, feed):
        return subprocess.Popen([PROGRAM, "import", "--data", self.data, feed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def products_stored(self):
        try:
            with sqlite3.connect(f"file:{self.data / 'catalogue.db'}?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM product").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def wait_until_some_are_stored(self, process):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            if self.products_stored() > 0:
                return
            time.sleep(0.02)

    # features: G4
    def test_after_kill_9_the_rest_is_imported_nothing_twice_and_nothing_is_lost(self):
        feed = self.plain_shop(400)
        process = self.start(feed)
        self.wait_until_some_are_stored(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        stored = self.products_stored()
        self.assertGreater(stored, 0)
        self.assertLess(stored, 400, "the import ended before it could be killed")
        report = self.report(self.import_feed(feed))
        self.assertEqual(report["created"] + report["unchanged"], 400)
        self.assertEqual(report["unchanged"], stored)
        self.assertLess(report["pictures_embedded"], 400)
        self.assertTrue(self.doctor()["healthy"])
        again = self.report(self.import_feed(feed))
        self.assertEqual((again["unchanged"], again["pictures_embedded"]), (400, 0))

    # features: G4
    def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(self):
        feed = self.plain_shop(400)
        process = self.start(feed)
        self.wait_until_some_are_stored(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        stored = self.products_stored()
        self.assertLess(stored, 400)
        report = self.report(self.import_feed(feed))
        self.assertEqual((report["unchanged"], report["created"]), (stored, 400 - stored))


class BadFeeds(ProgramTest):
    # features: G1
    def test_bad_rows_are_named_and_the_good_ones_imported(self):
        self.write_pictures(2)
        (self.folder / "pictures/broken.png").write_bytes(picture(7)[:60])
        (self.folder / "pictures/not.png").write_text("hello")
        feed = self.write_feed(
            [
                "a,Good,X,1,EUR,pictures/0.png",
                "b,Negative price,X,-5,EUR,pictures/1.png",
                "c,No such picture,X,1,EUR,pictures/none.png",
                "d,Broken picture,X,1,EUR,pictures/broken.png",
                "e,Not a picture,X,1,EUR,pictures/not.png",
                "a,Twice,X,1,EUR,pictures/1.png",
                "f,Too,few",
                "g,Also good,X,2,EUR,pictures/1.png",
            ]
        )
        done = self.import_feed(feed)
        self.assertEqual(done.returncode, 1)
        report = self.report(done)
        self.assertEqual((report["created"], report["failed"], report["pictures_failed"]), (5, 3, 3))
        codes = {error["line"]: error["code"] for error in report["errors"]}
        self.assertEqual(codes, {3: "bad_price", 4: "picture_missing", 5: "damaged_image", 6: "unsupported_image", 7: "duplicate_id", 8: "wrong_column_count"})
        for line in (3, 4, 5, 6, 7, 8):
            self.assertIn(f"shop.csv:{line}", done.stderr)

    def assert_refused(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_what_cannot_be_a_feed_is_refused_with_its_name(self):
        self.assert_refused(self.import_feed(self.folder / "none.csv"), 3, "none.csv")
        self.assert_refused(self.import_feed(self.write_feed([], "columns.csv", "id,name")), 2, "columns.csv:1", "title")
        (self.folder / "empty.csv").write_bytes(b"")
        self.assert_refused(self.import_feed(self.folder / "empty.csv"), 2, "empty")
        (self.folder / "mixed.csv").write_bytes("id,title,año,".encode() + "título\n".encode("latin-1"))
        self.assert_refused(self.import_feed(self.folder / "mixed.csv"), 2, "UTF-8")
        (self.folder / "nothing").mkdir()
        self.assert_refused(self.import_feed(self.folder / "nothing"), 2, "no pictures")

    def test_rows_that_are_not_utf8_are_named(self):
        feed = self.folder / "mixed.csv"
        feed.write_bytes("id,title\n1,Bänke\n".encode() + b"2,caf\xe9\n")
        report = self.report(self.import_feed(feed))
        self.assertEqual((report["created"], report["errors"][0]["code"], report["errors"][0]["line"]), (1, "not_utf8", 3))

    def test_a_database_of_a_newer_version_is_left_alone(self):
        feed = self.plain_shop(2)
        self.import_feed(feed)
        database = sqlite3.connect(self.data / "catalogue.db")
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:  # the version is a value of a key-value table or the database's own number
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            if "key" in columns and "value" in columns:
                database.execute(f"UPDATE {table} SET value = '999' WHERE key LIKE '%version%' OR key = 'compatible_since'")
        database.execute("PRAGMA user_version = 999")
        database.commit()
        database.close()
        before = (self.data / "catalogue.db").read_bytes()
        self.assert_refused(self.import_feed(feed), 6, "999")
        self.assertEqual((self.data / "catalogue.db").read_bytes(), before)

    def test_another_import_at_the_same_time_is_refused(self):
        feed = self.plain_shop(400)
        process = subprocess.Popen([PROGRAM, "import", "--data", self.data, feed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not (self.data / "pictures").exists():
                time.sleep(0.02)
            time.sleep(1.0)
            self.assertIsNone(process.poll(), "the first import ended too early")
            self.assertEqual(self.import_feed(feed).returncode, 4)
        finally:
            process.kill()
            process.wait()


class FullDisk(ProgramTest):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", self.disk], capture_output=True).returncode != 0:
            self.skipTest("mounting is not possible here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)

    def test_a_full_disk_is_said_and_what_was_stored_stays(self):
        self.write_pictures(300)
        feed = self.write_feed([f"p{n},Thing {n},G,1,EUR,pictures/{n}.png" for n in range(300)])
        data = self.disk / "data"
        done = self.import_feed(feed, data)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("disk", done.stderr.lower())
        subprocess.run(["mount", "-o", "remount,size=64m", self.disk], check=True)
        report = self.report(self.import_feed(feed, data))
        self.assertEqual(report["created"] + report["unchanged"] + report["updated"], 300)
        self.assertEqual(report["failed"] + report["pictures_failed"], 0)
        self.assertTrue(self.doctor(data)["healthy"])


if __name__ == "__main__":
    import unittest

    unittest.main()
