"""Data directories of earlier releases, kept in tests/data, are opened by this program: each as `nozama backup` made it."""
import json
import shutil
import unittest

import program

RELEASES = sorted((program.ROOT / "tests/data").glob("release-*.tar.gz"))


class ReleasesTest(program.ProgramTest):
    # features: I7
    def test_each_release_is_opened_and_searched(self):
        self.assertTrue(RELEASES)
        for release in RELEASES:
            with self.subTest(release.name):
                place = self.folder / release.name
                shutil.unpack_archive(release, place)
                backup = next(place.iterdir())
                expected = json.loads((backup / "expected.json").read_text(encoding="utf-8"))
                data = place / "data"
                self.assertEqual(self.run_program("restore", "--data", data, backup).returncode, 0)
                doctor = self.report(self.run_program("doctor", "--data", data, "--pictures", "--json"))
                self.assertTrue(doctor["healthy"], doctor)
                for photo, product in expected["finds"].items():
                    found = self.report(self.run_program("search", "--data", data, "--json", data / "pictures" / photo[:2] / photo))
                    self.assertEqual(found["results"][0]["product"]["id"], product, photo)
                # And it goes on: the same shop takes new products.
                self.write_pictures(1)
                report = self.report(self.import_feed(self.write_feed(["new,New thing,New,1.50,EUR,pictures/0.png"]), data))
                self.assertEqual((report["created"], report["failed"], report["pictures_embedded"]), (1, 0, 1))
                self.assertTrue(self.doctor(data)["healthy"])


if __name__ == "__main__":
    unittest.main()
