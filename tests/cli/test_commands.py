"""The other subcommands: search, train, eval, doctor, help and mistakes."""
import csv
import json
import pathlib
import subprocess

from program import PROGRAM, ProgramTest, picture


class Commands(ProgramTest):
    def trained_shop(self, count=24):
        self.import_feed(self.plain_shop(count))
        return self.report(self.run_program("train", "--data", self.data, "--json"))

    # features: B3
    def test_training_reports_and_is_not_repeated_without_need(self):
        report = self.trained_shop()
        self.assertEqual(report["categories"], 2)
        self.assertIn("accuracy", report)
        self.assertEqual(report["projection"], "orthogonal")
        again = self.report(self.run_program("train", "--data", self.data, "--json"))
        self.assertTrue(again["up_to_date"])

    def test_training_without_categories_says_what_is_missing(self):
        self.write_pictures(4)
        self.import_feed(self.write_feed([f"{n},T,,1,EUR,pictures/{n}.png" for n in range(4)]))
        done = self.run_program("train", "--data", self.data)
        self.assertEqual(done.returncode, 2)
        self.assertIn("categories", done.stderr)

    # features: A1 D1
    def test_search_prints_the_answer_of_the_api(self):
        self.trained_shop()
        done = self.run_program("search", "--data", self.data, "--json", "--min-score", "0", "pictures/3.png")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["results"][0]["product"]["id"], "p3")
        self.assertEqual(len(answer["results"]), 24)
        self.assertEqual(set(answer["query"]["timings_ms"]), {"decode", "encode", "search", "rank", "total"})
        text = self.run_program("search", "--data", self.data, "pictures/3.png").stdout
        self.assertIn("Thing 3", text)

    # features: C6
    def test_a_damaged_index_is_rebuilt_with_a_line_in_the_log(self):
        self.trained_shop()
        self.run_program("search", "--data", self.data, "pictures/1.png")
        snapshot = self.data / "index.nzi"
        damaged = bytearray(snapshot.read_bytes())
        damaged[len(damaged) // 2] ^= 0xFF
        snapshot.write_bytes(damaged)
        done = self.run_program("search", "--data", self.data, "--json", "pictures/1.png")
        self.assertEqual(json.loads(done.stdout)["results"][0]["product"]["id"], "p1")
        self.assertIn("index_rebuilt", done.stderr)

    # features: H4
    def test_eval_prints_one_object_with_the_baseline_beside_the_figures(self):
        self.trained_shop()
        with (self.folder / "queries.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["picture", "product_id"])
            for number in range(5):
                writer.writerow([f"pictures/{number}.png", f"p{number}"])
            writer.writerow(["pictures/0.png", "nobody"])
        report = self.report(self.run_program("eval", "--data", self.data, "--queries", "queries.csv", "--json"))
        self.assertEqual(report["recall_at_1"], 1.0)
        self.assertEqual(report["queries"], 5)
        self.assertAlmostEqual(report["baseline_recall_at_5"], 5 / 12, places=6)
        for key in ("recall_at_5", "recall_at_30", "mrr", "no_gate", "hard_gate", "latency_ms"):
            self.assertIn(key, report)
        self.assertIn("nobody", report["skipped"][0])
        (self.folder / "others").mkdir()
        for number in range(3):
            (self.folder / "others" / f"{number}.png").write_bytes(picture(1000 + number))
        report = self.report(self.run_program("eval", "--data", self.data, "--queries", "queries.csv", "--distractors", "others", "--json"))
        self.assertEqual(report["distractors"], 3)

    def test_doctor_finds_a_lost_picture_and_a_missing_shop(self):
        self.import_feed(self.plain_shop(3))
        self.assertTrue(self.doctor()["healthy"])
        next((self.data / "pictures").glob("*/*")).unlink()
        self.assertFalse(self.doctor()["healthy"])
        done = self.run_program("doctor", "--data", self.folder / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nozama import", done.stdout)

    def test_mistakes_have_their_exit_codes(self):
        for arguments, code, word in (
            (("search", "--data", self.folder / "nowhere", "x.png"), 3, "x.png"),
            (("serve", "--data", self.folder / "nowhere"), 3, "nozama import"),
            (("serve", "--upload-mib-max", "0"), 2, "upload-mib-max"),
            (("serve", "--listen", "nonsense"), 2, "listen"),
            (("fly",), 2, "fly"),
            ((), 2, "subcommand"),
        ):
            done = self.run_program(*arguments)
            self.assertEqual(done.returncode, code, (arguments, done.stderr))
            self.assertIn(word, done.stderr + done.stdout)

    def test_every_subcommand_has_help(self):
        for command in ("demo", "serve", "import", "train", "search", "eval", "doctor"):
            done = self.run_program(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("--data", done.stdout)


if __name__ == "__main__":
    import unittest

    unittest.main()
