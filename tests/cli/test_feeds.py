"""nozama import of every dialect of docs/feeds: the documented examples with pictures on disk, imported twice."""
import gzip
import re
import struct
import unittest

from program import ROOT, ProgramTest, picture

PAGES = ROOT / "docs/feeds"
# The example, its file's name here, its dialect, its products.
EXAMPLES = [
    ("shopify.md", "csv", "shopify-csv", 2),
    ("shopify.md", "new", "shopify-csv", 1),
    ("woocommerce.md", "csv", "woocommerce-csv", 2),
    ("google-merchant.md", "xml", "google-merchant-xml", 2),
    ("google-merchant.md", "atom", "google-merchant-xml", 1),
    ("google-merchant.md", "tsv", "google-merchant-tsv", 1),
    ("schema-org.md", "json", "schema-org", 2),
    ("schema-org.md", "html", "schema-org", 1),
    ("amazon.md", "2014", "amazon-2014", 2),
    ("amazon.md", "2018", "amazon-2018", 2),
    ("amazon.md", "2023", "amazon-2023", 2),
]
SUMMARY = ("dialect", "products", "variants", "created", "updated", "unchanged", "deleted", "failed", "pictures_fetched", "pictures_embedded", "seconds")


def example(page, language):
    return re.search(f"```{language}\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL).group(1)


class Feeds(ProgramTest):
    def with_local_pictures(self, text):
        """The feed with files in the place of its pictures' addresses."""
        names = sorted(set(re.findall(r"https?://[^\s\"',<>|]+\.jpg", text)), key=len, reverse=True)
        (self.folder / "pictures").mkdir(exist_ok=True)
        for number, address in enumerate(names):
            (self.folder / f"pictures/{number}.png").write_bytes(picture(number))
            text = text.replace(address, f"pictures/{number}.png")
        return text, len(names)

    # features: G2 G3 G4
    def test_each_example_is_known_and_importing_it_twice_changes_nothing(self):
        for page, language, dialect, products in EXAMPLES:
            with self.subTest(page=page, language=language):
                data = self.folder / f"data-{page}-{language}"
                text, pictures = self.with_local_pictures(example(page, language))
                feed = self.folder / "feed"
                feed.write_text(text, encoding="utf-8")
                first = self.report(self.import_feed(feed, data))
                self.assertLessEqual(set(SUMMARY), set(first))
                self.assertEqual((first["dialect"], first["products"], first["created"], first["failed"], first["errors"]), (dialect, products, products, 0, []))
                self.assertEqual(first["pictures_embedded"] > 0, pictures > 0)  # the example in a page has none
                with gzip.open(self.folder / "packed", "wb") as packed:
                    packed.write(feed.read_bytes())
                for again in (feed, self.folder / "packed"):
                    second = self.report(self.import_feed(again, data))
                    self.assertEqual((second["created"], second["updated"], second["unchanged"], second["pictures_embedded"]), (0, 0, products, 0))

    # features: G2
    def test_relations_reviews_and_features_join_the_products(self):
        feed = self.folder / "meta.json"
        feed.write_text(self.with_local_pictures(example("amazon.md", "2014"))[0], encoding="utf-8")
        self.assertEqual(self.report(self.import_feed(feed))["relations"], 7)
        reviews = self.folder / "reviews.json"
        reviews.write_text(example("amazon.md", "reviews2014"))
        features = self.folder / "features.b"
        numbers = struct.pack("<4096f", *([0.0] * 4000 + [1.5] * 96))
        features.write_bytes(b"0000031852" + numbers + b"B00UNKNOWN" + numbers)
        for source, dialect, skipped in ((reviews, "amazon-reviews-2014", 0), (features, "amazon-image-features", 1)):
            first = self.report(self.import_feed(source))
            self.assertEqual((first["dialect"], first["created"], first["skipped"], first["failed"]), (dialect, 1, skipped, 0))
            second = self.report(self.import_feed(source))
            self.assertEqual((second["created"], second["unchanged"], second["skipped"]), (0, 1, skipped))

    # features: G3
    def test_remote_pictures_are_told_and_their_products_kept(self):
        feed = self.folder / "vision.csv"
        feed.write_text(example("google-vision.md", "csv"))
        report = self.report(self.import_feed(feed))
        self.assertEqual((report["dialect"], report["products"], report["failed"], report["pictures_failed"]), ("google-vision-csv", 2, 0, 3))
        self.assertEqual({error["line"] for error in report["errors"]}, {1, 3})
        again = self.report(self.import_feed(feed))
        self.assertEqual((again["updated"], again["unchanged"]), (0, 2))


class FullSync(ProgramTest):
    # features: G4
    def test_a_full_import_deletes_what_the_feed_does_not_have(self):
        feed = self.plain_shop(4)
        self.import_feed(feed)
        rows = feed.read_text().splitlines()
        feed.write_text("\n".join([rows[0], rows[1], rows[2], "new,New,X,1,EUR,"]) + "\n")
        self.assertEqual(self.report(self.import_feed(feed))["deleted"], 0)
        full = ("import", "--data", self.data, "--full", "--json", feed)
        preview = self.report(self.run_program(*full, "--dry-run"))
        self.assertEqual((preview["dry_run"], preview["deleted"]), (True, 2))
        report = self.report(self.run_program(*full))
        self.assertEqual((report["deleted"], report["unchanged"]), (2, 3))
        again = self.report(self.run_program(*full))
        self.assertEqual((again["deleted"], again["unchanged"]), (0, 3))

    # features: G4
    def test_nothing_is_deleted_when_rows_failed(self):
        feed = self.plain_shop(3)
        self.import_feed(feed)
        feed.write_text("id,title\np0\n")
        report = self.report(self.run_program("import", "--data", self.data, "--full", "--json", feed))
        self.assertEqual((report["failed"], report["deleted"], report["deletions_withheld"]), (1, 0, True))


class DryRun(ProgramTest):
    # features: G4
    def test_a_dry_run_says_what_would_happen_and_stores_nothing(self):
        feed = self.plain_shop(3)
        dry = ("import", "--data", self.data, "--dry-run", "--json", feed)
        first = self.report(self.run_program(*dry))
        self.assertEqual((first["created"], first["pictures_embedded"]), (3, 0))
        self.assertFalse(self.data.exists())
        self.import_feed(feed)
        text = feed.read_text().replace("Thing 1", "Better thing")
        feed.write_text(text + "x,New,X,-1,EUR,\ny,New,X,1,EUR,pictures/none.png\n")
        report = self.report(self.run_program(*dry))
        self.assertEqual([report[name] for name in ("created", "updated", "unchanged", "failed", "pictures_failed")], [1, 1, 2, 1, 1])
        self.assertEqual([error["code"] for error in report["errors"]], ["bad_price", "picture_missing"])
        self.assertEqual(self.report(self.import_feed(feed))["updated"], 1)

    def test_the_currency_of_feeds_without_one_is_an_option(self):
        feed = self.folder / "shopify.csv"
        feed.write_text("Handle,Title,Variant Price,Image Src\na,A,5.00,\n")
        self.report(self.run_program("import", "--data", self.data, "--json", "--currency", "EUR", feed))
        changed = self.report(self.run_program("import", "--data", self.data, "--json", feed))
        self.assertEqual(changed["updated"], 1)
        self.assertNotEqual(self.run_program("import", "--data", self.data, "--currency", "euro", feed).returncode, 0)


if __name__ == "__main__":
    unittest.main()
