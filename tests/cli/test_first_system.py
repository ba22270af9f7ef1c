"""docs/coming-from-the-first-system.md, step by step, with files as the first system left them."""
import contextlib
import json
import sqlite3
import subprocess
import sys
import unittest

import program
from program import picture

CONVERTER = program.ROOT / "scripts/firestore_to_jsonl.py"
EXPORT = program.ROOT / "tests/data/firestore-products.json"
RENAMED = ("--rename", "imUrl=picture", "--rename", "label=category", "--rename", "stars=rating")


class FirstSystemTest(program.ProgramTest):
    def rows(self, statement):
        with contextlib.closing(sqlite3.connect(self.data / "catalogue.db")) as db:
            return db.execute(statement).fetchall()

    def convert(self, *arguments):
        return subprocess.run([sys.executable, CONVERTER, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8")

    # features: G1
    def test_its_csv_files_and_pictures_one_label_after_the_other(self):
        for label, start in (("Running_Shoes", 0), ("Desk_Lamps", 2)):
            (self.folder / label).mkdir()
            lines = ["asin,title,price,imUrl,brand,rating,related,salesRank,categories,description,timestamp,imUrl_local"]
            for number in range(start, start + 2):
                (self.folder / label / f"A{number}.png").write_bytes(picture(number))
                lines.append(f"A{number},Thing {number},$1{number}.00,http://pictures.example/{number}.jpg,nan,4.5,\"{{'also_bought': ['A0']}}\",nan,nan,nan,nan,{label}/A{number}.png")
            (self.folder / f"{label}_downloaded.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            report = self.report(self.import_feed(self.folder / f"{label}_downloaded.csv"))
            self.assertEqual((report["dialect"], report["created"], report["failed"], report["pictures_embedded"]), ("first-system-csv", 2, 0, 2))
        self.assertEqual(self.rows("SELECT c.name, COUNT(*) FROM product p JOIN category c ON c.id = p.category_id GROUP BY c.name ORDER BY c.name"),
                         [("Desk Lamps", 2), ("Running Shoes", 2)])
        again = self.report(self.import_feed(self.folder / "Desk_Lamps_downloaded.csv"))
        self.assertEqual((again["unchanged"], again["pictures_embedded"]), (2, 0))
        self.assertTrue(self.doctor()["healthy"])

    # features: G1
    def test_documents_of_firestore_become_products(self):
        self.write_pictures(2, ".")
        done = self.convert(*RENAMED, "--drop", "seen", EXPORT)
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.folder / "products.jsonl").write_text(done.stdout, encoding="utf-8")
        first = json.loads(done.stdout.splitlines()[0])
        self.assertEqual((first["id"], first["rating"], first["tags"], first["size"], first["sold"]), ("B00SHOE001", 4, ["grip", "light"], {"eu": 42, "uk": 7.5}, True))
        self.assertEqual(first["original"], "https://storage.googleapis.com/first-shop.appspot.com/Running_Shoes/B00SHOE001.jpg")
        report = self.report(self.import_feed(self.folder / "products.jsonl"))
        self.assertEqual((report["dialect"], report["created"], report["failed"], report["pictures_embedded"]), ("jsonl", 2, 0, 2), report)
        self.assertEqual(self.rows("SELECT external_id, price_minor, currency, rating FROM product ORDER BY external_id"),
                         [("B00SHOE001", 8999, "USD", 4.0), ("B00SHOE002", 7000, "USD", None)])
        self.assertEqual(self.rows("SELECT title FROM product_text ORDER BY product_id"), [("Trail shoe “Höhe”",), ("Road shoe",)])

    def test_what_is_no_export_is_named(self):
        broken = self.folder / "broken.json"
        broken.write_text('{"documents": [{"name": "a/products/one", "fields": {"title": {"strangeValue": 1}}}]}', encoding="utf-8")
        done = self.convert(broken)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("a/products/one: 'strangeValue' is no kind of value", done.stderr)


if __name__ == "__main__":
    unittest.main()
