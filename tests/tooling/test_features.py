"""The features page names exactly the tests that carry a row's tag, and the size check sees what is too long."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import features  # noqa: E402
import sizes  # noqa: E402


class Features(unittest.TestCase):
    def collect(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return features.collect(pathlib.Path(folder))

    def test_tags_of_every_language_are_read(self):
        proofs, complaints = self.collect(
            {
                "src/index/index_test.cpp": "// features: C1 C2\nTEST(Index, FindsAll) {}\n// features: C4\nTEST_P(Index, Deletes) {}\nTEST(Index, Untagged) {}\n",
                "tests/api/test_search.py": "class Search:\n    # features: A1\n    @decorated\n    def test_a_photo(self):\n",
                "tests/storefront/crop.test.ts": "// features: A1, A3\ntest('crops by hand', async () => {});\n",
            }
        )
        self.assertEqual(complaints, [])
        self.assertEqual(
            proofs,
            {
                "C1": [("src/index/index_test.cpp", "Index.FindsAll")],
                "C2": [("src/index/index_test.cpp", "Index.FindsAll")],
                "C4": [("src/index/index_test.cpp", "Index.Deletes")],
                "A1": [("tests/api/test_search.py", "test_a_photo"), ("tests/storefront/crop.test.ts", "crops by hand")],
                "A3": [("tests/storefront/crop.test.ts", "crops by hand")],
            },
        )

    def test_a_tag_without_a_test_is_complained_about(self):
        proofs, complaints = self.collect({"src/a/a_test.cpp": "// features: A1\nint x;\n"})
        self.assertEqual(proofs, {})
        self.assertEqual(complaints, ["src/a/a_test.cpp:1: no test follows this tag"])

    def test_the_page_says_which_rows_have_no_test(self):
        page = features.render([("A1", "Photo", "yes"), ("A2", "URL", "yes")], {"A1": [("tests/x.py", "test_x")]})
        self.assertIn("1 of 2", page)
        self.assertIn("| A1 | Photo | yes | `tests/x.py`: test_x |", page)
        self.assertIn("| A2 | URL | yes | not yet |", page)


class Sizes(unittest.TestCase):
    def long(self, body, before="int f() {"):
        return list(sizes.long_functions([before, *["  g();"] * body, "}"]))

    def test_a_function_may_have_sixty_lines_and_no_more(self):
        self.assertEqual(self.long(58), [])
        self.assertEqual(self.long(59), [(1, 61)])

    def test_a_class_is_not_a_function(self):
        self.assertEqual(self.long(100, "class Index final : public VectorIndex {"), [])
        self.assertEqual(self.long(100, "namespace nozama {"), [])


if __name__ == "__main__":
    unittest.main()
