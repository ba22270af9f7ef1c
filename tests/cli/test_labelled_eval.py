"""nozama eval --train --labelled: learned on one folder class/picture, measured on another."""
import json
import random
import signal
import subprocess
import time

from program import PROGRAM, ProgramTest, picture, png

STABLE = ("accuracy", "accuracy_ci95", "ece", "ece_ci95", "precision_at_1", "precision_at_10", "map_at_30", "pictures_per_second")


def striped(seed, colour):
    """Stripes whose colour tells the class."""
    dice = random.Random(seed)
    period = dice.randrange(6, 20)
    rows = b"".join(bytes(min(255, max(0, c + dice.randrange(-20, 20))) for c in colour) if (x + y) // period % 2 else b"\xf0\xf0\xf0" for y in range(64) for x in range(64))
    return png(64, 64, rows)


COLOURS = {"apples": (200, 30, 30), "limes": (30, 180, 40), "plums": (70, 30, 150)}


class LabelledEval(ProgramTest):
    def write(self, folder, counts, first_seed=0):
        for name, count in counts.items():
            (self.folder / folder / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                (self.folder / folder / name / f"{number}.png").write_bytes(striped(first_seed + number, COLOURS[name]))

    def eval(self, *arguments, **options):
        return self.run_program("eval", "--train", "train", "--labelled", "test", *arguments, **options)

    # features: H4
    def test_one_line_of_json_with_the_stable_figures(self):
        self.write("train", {"apples": 12, "limes": 12, "plums": 12})
        self.write("test", {"apples": 4, "limes": 4, "plums": 4}, first_seed=100)
        done = self.eval("--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        report = json.loads(done.stdout)
        for key in STABLE:
            self.assertIn(key, report)
            for value in report[key] if isinstance(report[key], list) else [report[key]]:
                self.assertGreaterEqual(value, 0)
                self.assertTrue(value <= 1 or key == "pictures_per_second")
        self.assertLessEqual(report["accuracy_ci95"][0], report["accuracy"])
        self.assertGreaterEqual(report["accuracy_ci95"][1], report["accuracy"])
        self.assertGreater(report["accuracy"], 0.8)  # three colours are no hard task
        self.assertEqual(report["classes"], ["apples", "limes", "plums"])
        self.assertEqual(sum(map(sum, report["confusion"])), 12)
        self.assertEqual(report["pictures"], 12)
        self.assertEqual(report["train_pictures"], 36)
        self.assertEqual(set(report["retrieval"]), {"learned", "pca", "raw"})
        self.assertNotIn("per_query", report)
        self.assertEqual(json.loads(self.eval("--json").stdout)["map_at_30"], report["map_at_30"])  # the same again
        text = self.eval().stdout
        self.assertIn("accuracy", text)
        self.assertIn("mAP@30", text)

    def test_what_cannot_be_used_is_named_and_the_rest_is_measured(self):
        self.write("train", {"apples": 8, "limes": 8})
        self.write("test", {"apples": 3, "limes": 3, "plums": 2}, first_seed=100)
        self.write("train", {"plums": 0})
        (self.folder / "train/apples/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
        (self.folder / "train/loose.png").write_bytes(picture(1))
        (self.folder / "test/limes/same.png").write_bytes((self.folder / "train/limes/0.png").read_bytes())
        (self.folder / "test/limes/empty.jpg").write_bytes(b"")
        (self.folder / "test/limes/notes.txt").write_text("not a picture")
        report = self.report(self.eval("--json"))
        self.assertEqual(report["classes_only_in_labelled"], ["plums"])
        self.assertEqual(report["left_out"], 2)
        self.assertEqual(report["without_class"], 1)
        self.assertEqual(report["pictures_in_both"], 1)
        self.assertEqual(report["pictures"], 7)
        self.assertEqual(len(report["skipped"]), 2)
        self.assertTrue(any("broken.png" in line for line in report["skipped"]))
        text = self.eval()
        self.assertEqual(text.returncode, 0)
        for word in ("plums", "broken.png", "both folders"):
            self.assertIn(word, text.stderr)

    def test_a_class_with_one_picture_and_one_that_is_not_measured_are_no_obstacle(self):
        self.write("train", {"apples": 8, "limes": 8, "plums": 1})
        self.write("test", {"apples": 3}, first_seed=100)
        report = self.report(self.eval("--json"))
        self.assertEqual(report["classes_only_in_train"], ["limes", "plums"])
        self.assertEqual([row["recall"] for row in report["per_class"]][1:], [None, None])

    def test_folders_that_cannot_be_measured_are_refused_with_a_remedy(self):
        self.write("train", {"apples": 3})
        self.write("test", {"apples": 3, "limes": 3})
        (self.folder / "flat").mkdir()
        (self.folder / "flat/1.png").write_bytes(picture(1))
        (self.folder / "empty").mkdir()
        (self.folder / "other/plums").mkdir(parents=True)
        (self.folder / "other/plums/1.png").write_bytes(picture(1))
        (self.folder / "torn/apples").mkdir(parents=True)
        (self.folder / "torn/apples/1.png").write_bytes(b"")
        for train, labelled, code, word in (
            ("train", "test", 2, "at least two"),
            ("flat", "test", 2, "1 pictures lie directly in it"),
            ("test", "flat", 2, "folder named after its class"),
            ("test", "empty", 2, "no pictures"),
            ("test", "nowhere", 3, "nowhere"),
            ("test", "other", 2, "no class in common"),
            ("test", "torn", 2, "can be read"),
        ):
            done = self.run_program("eval", "--train", train, "--labelled", labelled, "--json")
            self.assertEqual(done.returncode, code, (train, labelled, done.stderr))
            self.assertIn(word, done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.run_program("eval", "--train", "test").returncode, 2)

    def test_it_stops_at_once_on_an_interrupt(self):
        self.write("train", {"apples": 400, "limes": 400})
        self.write("test", {"apples": 5, "limes": 5})
        running = subprocess.Popen([PROGRAM, "eval", "--train", "train", "--labelled", "test", "--json"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(2)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, err)
        self.assertEqual(out, "")
        self.assertIn("stopped", err)


if __name__ == "__main__":
    import unittest

    unittest.main()
