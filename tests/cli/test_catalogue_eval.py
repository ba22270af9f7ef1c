"""nozama eval on a catalogue: with photos, with its own pictures, as a page for people, and two runs compared."""
import csv
import json
import re

from program import ProgramTest, picture


class CatalogueEval(ProgramTest):
    def shop(self, count=16, pictures_each=2):
        (self.folder / "pictures").mkdir()
        rows = []
        for number in range(count):
            names = []
            for which in range(pictures_each):
                name = f"pictures/{number}-{which}.png"
                (self.folder / name).write_bytes(picture(number, side=96 + 8 * which))  # the same blocks, another size
                names.append(name)
            rows.append(f"p{number},Thing <{number}>,Group {number % 2},1,EUR,{'|'.join(names)}")
        self.import_feed(self.write_feed(rows, header="id,title,category,price,currency,pictures"))
        self.report(self.run_program("train", "--data", self.data, "--json"))

    def queries(self, products, name="queries.csv"):
        with (self.folder / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["picture", "product_id"])
            for number in products:
                writer.writerow([f"pictures/{number}-0.png", f"p{number}"])

    def eval(self, *arguments):
        return self.run_program("eval", "--data", self.data, "--json", *arguments)

    # features: H4
    def test_without_queries_each_of_its_pictures_is_looked_up_without_itself(self):
        self.shop()
        report = self.report(self.eval("--per-query"))
        self.assertEqual(report["query_source"], "catalogue")
        self.assertEqual(report["queries"], 32)
        self.assertEqual(report["product_queries"], 32)
        self.assertGreater(report["recall_at_5"], 0.8)  # by the product's other picture
        self.assertIn("category_accuracy", report)
        self.assertEqual(len(report["per_query"]["rank"]), 32)
        self.assertGreater(report["pictures_per_second"], 0)
        for figure in ("recall_at_30", "mrr", "category_accuracy", "ece"):
            low, high = report[figure + "_ci95"]
            self.assertTrue(low <= report[figure] + 1e-9 and report[figure] <= high + 1e-9 or figure == "ece", figure)

    def test_products_with_one_picture_count_for_their_category_only(self):
        self.shop(count=12, pictures_each=1)
        report = self.report(self.eval("--per-query"))
        self.assertEqual(report["product_queries"], 0)
        self.assertEqual(set(report["per_query"]["rank"]), {None})
        self.assertIn("precision_at_10", report["by_category"])
        text = self.run_program("eval", "--data", self.data)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertNotIn("recall@1", text.stdout)

    def test_a_catalogue_without_categories_or_pictures_says_what_it_can(self):
        self.write_pictures(4)
        self.import_feed(self.write_feed([f"{n},T,,1,EUR,pictures/{n}.png" for n in range(4)]))
        report = self.report(self.eval())
        self.assertNotIn("category_accuracy", report)
        empty = self.folder / "empty"
        self.import_feed(self.write_feed(["1,T,,1,EUR,"], name="no-pictures.csv"), data=empty)
        done = self.run_program("eval", "--data", empty, "--json")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("no pictures", done.stderr)

    # features: H4
    def test_altered_copies_multiply_the_queries_and_are_the_same_for_a_seed(self):
        self.shop()
        self.queries(range(6))
        one = self.report(self.eval("--queries", "queries.csv", "--augment", "3", "--per-query"))
        self.assertEqual((one["queries"], one["altered"]), (24, 18))
        self.assertEqual(one["per_query"]["query"][:2], ["pictures/0-0.png", "pictures/0-0.png#1"])
        again = self.report(self.eval("--queries", "queries.csv", "--augment", "3", "--per-query"))
        self.assertEqual(again["per_query"]["rank"], one["per_query"]["rank"])

    # features: H4
    def test_the_page_stands_alone_and_two_reports_are_compared_query_by_query(self):
        self.shop()
        self.queries(range(10))
        done = self.eval("--queries", "queries.csv", "--out", "a.json", "--html", "report.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("per_query", json.loads(done.stdout))
        page = (self.folder / "report.html").read_text(encoding="utf-8")
        self.assertTrue(page.startswith("<!doctype html>") and page.rstrip().endswith("</html>"))
        self.assertIsNone(re.search(r"https?:|<script|<link|Thing <", page))
        same = self.run_program("eval", "--compare", "a.json", "a.json", "--fail-if-worse", "--json")
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertFalse(json.loads(same.stdout)["worse"])

        report = json.loads((self.folder / "a.json").read_text())
        report["per_query"]["rank"] = [0] * 10
        (self.folder / "b.json").write_text(json.dumps(report))
        worse = self.run_program("eval", "--compare", "a.json", "b.json", "--fail-if-worse")
        self.assertEqual(worse.returncode, 1, worse.stderr)
        self.assertIn("worse", worse.stdout)
        self.assertEqual(self.run_program("eval", "--compare", "a.json", "b.json").returncode, 0)

        self.queries(range(5))
        self.eval("--queries", "queries.csv", "--out", "c.json")
        (self.folder / "d.json").write_text(done.stdout)
        (self.folder / "e.json").write_text("{")
        for other, code, word in (("c.json", 4, "same queries"), ("d.json", 2, "--out"), ("e.json", 7, "not a report"), ("gone.json", 3, "gone.json")):
            refused = self.run_program("eval", "--compare", "a.json", other)
            self.assertEqual(refused.returncode, code, refused.stderr)
            self.assertIn(word, refused.stderr)

    def test_options_that_do_not_go_together_are_refused(self):
        for arguments in (("--augment", "2"), ("--train", "x"), ("--fail-if-worse",), ("--train", "x", "--labelled", "y", "--queries", "z"), ("--precision", "f32"), ("--augment", "-1")):
            self.assertEqual(self.run_program("eval", "--data", self.data, *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    import unittest

    unittest.main()
