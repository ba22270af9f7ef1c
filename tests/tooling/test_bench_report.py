"""docs/benchmarks.md has no figure that was typed: its tables are those of docs/benchmarks/lines.jsonl, and say what the lines do."""
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/index"))
import plots  # noqa: E402
import report  # noqa: E402
import tables  # noqa: E402


def line(engine="nozama", part="unfiltered", **others):
    values = {
        "part": part, "seed": 71, "engine": engine, "version": "1", "setting": "ef=40", "rows": 5000, "dim": 256, "filter_pass": 1, "filter_kind": "none",
        "recall_at_30": 0.9995, "qps": 10_000.0, "p50_us": 90.0, "p99_us": 200.0, "build_cpu_s": 2.0, "bytes_per_row": 690.0, "resident_bytes_per_row": 10.0,
        "peak_bytes": 5e6, "cpu": "C", "flags": "avx2",
    }
    return values | ({} if engine.startswith("nozama") else {"ratio": 2.0}) | others


class Page(unittest.TestCase):
    def test_the_page_is_what_its_lines_make(self):
        lines = report.read_lines(report.LINES.parent) if report.LINES.exists() else []
        page = report.PAGE.read_text(encoding="utf-8")
        self.assertEqual(page, report.with_tables(page, lines), "docs/benchmarks.md: ./dev bench report write")

    def test_a_mark_without_a_table_is_an_error(self):
        with self.assertRaises(SystemExit):
            report.with_tables("<!-- table: unknown -->\n<!-- end -->", [])

    def test_writing_twice_changes_nothing(self):
        page = "".join(f"a\n<!-- table: {name} -->\nold\n<!-- end -->\n" for name in tables.TABLES)
        lines = [line(), line("hnswlib")]
        once = report.with_tables(page, lines)
        self.assertEqual(once, report.with_tables(once, lines))
        self.assertNotIn("old", once)
        self.assertIn("hnswlib", once)


class Tables(unittest.TestCase):
    def test_an_engine_that_missed_its_recall_stands_last_and_says_so(self):
        text = tables.engines([line("annoy", recall_at_30=0.98, qps=99_999), line("hnswlib", recall_at_30=0.991), line(recall_at_30=0.9985, qps=1)])
        self.assertEqual([row.split("|")[3].strip() for row in text.splitlines()[2:]], ["hnswlib", "annoy", "**nozama**"])
        self.assertIn("0.9800 (missed)", text)
        self.assertIn("0.9985 (missed)", text)

    def test_the_worse_of_two_runs_is_compared_with_what_it_should_be(self):
        lines = [line(rows=50_000), line("scann", rows=50_000, qps=5_000.0, ratio=2.0), line(rows=50_000, part="again"), line("scann", rows=50_000, part="again", qps=8_000.0, ratio=1.25)]
        text = tables.verdicts(lines)
        self.assertIn("1.25 × scann", text)
        self.assertIn("**no**", text)
        self.assertIn("| 50,000 | scann | 2.00 | 1.25 |", tables.again(lines))

    def test_a_peer_of_low_recall_is_no_best_peer(self):
        lines = [line(), line("annoy", recall_at_30=0.9, qps=50_000.0, ratio=0.2), line("scann", qps=5_000.0, ratio=2.0)]
        self.assertIn("2.00 × scann", tables.verdicts(lines))

    def test_filters_are_judged_by_their_worst(self):
        shares = [(0.01, 0.7), (0.1, 3.0)]
        lines = [line(part="filtered", filter_kind="random", filter_pass=share) for share, _ in shares]
        lines += [line("faiss-flat-ids", "filtered", filter_kind="random", filter_pass=share, ratio=ratio) for share, ratio in shares]
        self.assertIn("0.70 × faiss-flat-ids at 1 % random | **no**", tables.verdicts(lines))

    def test_every_table_can_be_made_of_no_lines(self):
        for name, make in tables.TABLES.items():
            self.assertEqual(make([]), tables.NOTHING, name)


class Run(unittest.TestCase):
    def test_a_part_that_is_there_is_not_taken_again(self):
        with tempfile.TemporaryDirectory() as folder:
            options = type("Options", (), {"out": pathlib.Path(folder)})
            report.take(options, "one", lambda: [line()])
            report.take(options, "one", lambda: self.fail("taken again"))
            report.take(options, "none", lambda: [])
            self.assertEqual(report.read_lines(pathlib.Path(folder)), [line()])
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], ["one.jsonl"])

    def test_a_run_that_fails_leaves_no_part(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program"
            program.write_text("#!/bin/sh\necho '{\"engine\": \"nozama\"}'\nexit 3\n")
            program.chmod(0o755)
            options = type("Options", (), {"out": pathlib.Path(folder), "program": program, "tiny": True, "seed": 1})
            part = report.parts(options)[0]
            with self.assertRaises(report.subprocess.CalledProcessError):
                report.take(options, part.name, lambda: report.measure(options, part))
            self.assertEqual(list(pathlib.Path(folder).glob("*.jsonl")), [])


class Plots(unittest.TestCase):
    def test_plots_are_well_formed_and_show_what_a_sweep_could_not_beat(self):
        sweep = [[0.95, 50.0], [0.96, 40.0], [0.995, 100.0]]
        self.assertEqual(set(plots.frontier(line("scann", qps=10_000.0, recall_at_30=0.995, sweep=sweep))), {(0.96, 25_000.0), (0.995, 10_000.0)})
        with tempfile.TemporaryDirectory() as folder:
            plots.draw_all([line(), line("scann", sweep=sweep), line(part="filtered", filter_kind="random", filter_pass=0.1)], pathlib.Path(folder))
            names = sorted(path.name for path in pathlib.Path(folder).iterdir())
            self.assertEqual(names, ["filter-random.svg", "recall-5000.svg", "size.svg"])
            for name in names:
                texts = [text.text for text in xml.etree.ElementTree.parse(pathlib.Path(folder) / name).iter("{http://www.w3.org/2000/svg}text")]
                self.assertIn("nozama", texts, name)


if __name__ == "__main__":
    unittest.main()
