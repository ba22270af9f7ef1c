"""nozama train: category paths, attributes, what it reports and what it refuses."""
import csv

from program import ProgramTest, picture


class Train(ProgramTest):
    def tree_shop(self):
        """Twelve red things in one room, twelve blue ones in another, and one rug whose category has nothing else."""
        (self.folder / "pictures").mkdir()
        rows = []
        for number in range(25):
            (self.folder / "pictures" / f"{number}.png").write_bytes(picture(number))
            path = "Home > Rugs" if number == 24 else ("Home > Chairs" if number % 2 == 0 else "Garden > Pots")
            rows.append([f"p{number}", f"Thing {number}", path, "1", "EUR", f"pictures/{number}.png", "oak" if number % 2 == 0 else "clay"])
        with open(self.folder / "shop.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["id", "title", "category", "price", "currency", "picture", "material"], *rows])
        self.import_feed(self.folder / "shop.csv")

    def train(self, *arguments):
        return self.run_program("train", "--data", self.data, *arguments)

    # features: B3 B8
    def test_it_reports_levels_confusion_and_attributes(self):
        self.tree_shop()
        report = self.report(self.train("--json"))
        self.assertEqual(report["categories"], 2)
        self.assertTrue(any("one product only" in note for note in report["notes"]), report["notes"])
        self.assertEqual([level["categories"] for level in report["levels"]], [2, 2])
        matrix = report["confusion_matrix"]
        self.assertEqual(sorted(matrix["categories"]), ["chairs", "pots"])
        self.assertEqual(sum(pictures for _, _, pictures in matrix["cells"]), report["pictures"])
        right = sum(pictures for row, column, pictures in matrix["cells"] if row == column)
        self.assertAlmostEqual(right / report["pictures"], report["accuracy"])
        self.assertEqual(set(report["named_category"]), {"threshold", "named", "right", "as_class"})
        # Drawn at random, the pictures do not tell of what the things are made.
        material = {one["name"]: one for one in report["attributes"]}["material"]
        self.assertEqual((material["values"], material["serves"]), (2, False))
        text = self.train("--force").stdout
        for word in ("level 1", "level 2", "a category is named", "attribute material: not served"):
            self.assertIn(word, text)
        categories = next(finding for finding in self.doctor()["findings"] if finding["check"] == "categories")
        self.assertIn("attributes: none", categories["detail"])

    def test_attributes_can_be_chosen_and_mistakes_are_named(self):
        self.tree_shop()
        self.assertEqual(self.report(self.train("--json", "--attributes", "none"))["attributes"], [])
        self.assertTrue(self.report(self.train("--json"))["up_to_date"])
        self.assertEqual([one["name"] for one in self.report(self.train("--json", "--attributes", "material"))["attributes"]], ["material"])
        for wrong, word in (("materiel", "material"), ("material,", "commas"), ("", "commas")):
            done = self.train("--attributes", wrong)
            self.assertEqual(done.returncode, 2, (wrong, done.stderr))
            self.assertIn(word, done.stderr)

    def test_one_category_is_refused_and_nothing_is_switched(self):
        self.write_pictures(4)
        self.import_feed(self.write_feed([f"{n},T,Only,1,EUR,pictures/{n}.png" for n in range(4)]))
        done = self.train("--json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("at least two categories", done.stderr)
        categories = next(finding for finding in self.doctor()["findings"] if finding["check"] == "categories")
        self.assertEqual(categories["level"], "warning")
