"""`nozama bench index`: without the peers, which a test machine need not have."""
import json
import subprocess
import unittest

from program import ROOT, ProgramTest

PEERS_PYTHON = ROOT / "build/bench-peers/venv/bin/python"
MAKE_HDF5 = """
import h5py, numpy, sys
rows = numpy.random.default_rng(1).normal(size=(700, 32)).astype("float32")
train, test = rows[:600], rows[600:]
unit = lambda vectors: vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
distances = 1 - unit(test) @ unit(train).T
with h5py.File(sys.argv[1], "w") as file:
    file.attrs["type"], file.attrs["distance"], file.attrs["dimension"], file.attrs["point_type"] = "dense", sys.argv[2], 32, "float"
    file["train"], file["test"] = train, test
    file["neighbors"] = numpy.argsort(distances, axis=1)[:, :100].astype("int32")
    file["distances"] = numpy.sort(distances, axis=1)[:, :100]
"""

KEYS = {"engine", "rows", "dim", "recall_at_30", "qps", "p50_us", "p99_us", "build_cpu_s", "bytes_per_row", "filter_pass"}


class BenchIndex(ProgramTest):
    def bench(self, *arguments):
        return self.run_program("bench", "index", "--queries", 50, "--repeats", 1, *arguments)

    def lines(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refused(self, *arguments):
        done = self.bench(*arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_a_run_gives_one_object_a_size(self):
        lines = self.lines(self.bench("--rows", "2000,1000", "--dim", 64, "--json"))
        self.assertEqual([line["rows"] for line in lines], [2000, 1000])
        for line in lines:
            self.assertLessEqual(KEYS, line.keys())
            self.assertTrue(line["engine"].startswith("nozama"))
            self.assertEqual((line["dim"], line["filter_pass"]), (64, 1))
            self.assertGreaterEqual(line["recall_at_30"], 0.99)
            self.assertGreater(line["qps"], 0)

    def test_another_seed_is_other_data(self):
        dimensions = {self.lines(self.bench("--rows", 1000, "--dim", 64, "--generator-seed", seed, "--json"))[0]["local_dimension"] for seed in (1, 2, 3)}
        self.assertGreater(len(dimensions), 1)

    def test_filters_give_a_line_for_each_share_and_kind(self):
        lines = self.lines(self.bench("--rows", 2000, "--dim", 64, "--filter-pass", "0.01,0.5", "--json"))
        self.assertEqual([(line["filter_kind"], line["filter_pass"]) for line in lines], [("random", 0.01), ("random", 0.5), ("cluster", 0.01), ("cluster", 0.5)])
        for line in lines:
            self.assertGreaterEqual(line["recall_at_30"], 0.99, line)

    def test_the_exact_mode_has_a_line_of_its_own(self):
        lines = self.lines(self.bench("--rows", 1000, "--dim", 64, "--exact", "--json"))
        self.assertEqual([line["engine"] for line in lines], ["nozama", "nozama-exact"])

    def test_a_peer_that_is_missing_is_named_with_the_remedy_and_the_rest_goes_on(self):
        done = self.bench("--rows", 1000, "--dim", 64, "--json", "--peers", "hnswlib,scann", "--python", "/nonexistent/python")
        self.assertEqual([line["engine"] for line in self.lines(done)], ["nozama"])
        for peer in ("hnswlib", "scann"):
            self.assertRegex(done.stderr, rf"{peer}.*not installed.*\./dev bench --setup")

    def test_a_table_is_printed_for_people(self):
        done = self.bench("--rows", 1000, "--dim", 64)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("queries/s", done.stdout)
        self.assertIn("nozama", done.stdout)

    def test_what_cannot_be_run_is_refused_before_anything_is_made(self):
        self.assertIn("30", self.refused("--rows", 20))
        self.assertIn("multiple of 4", self.refused("--dim", 66))
        self.assertIn("scann, faiss", self.refused("--peers", "milvus"))
        self.assertIn("shares", self.refused("--filter-pass", 1.5))
        self.assertIn("processors", self.refused("--threads", 1000, "--rows", 100))

    def test_vectors_of_a_file_are_measured_too(self):
        values = b"".join(int(i * 7919 % 1000).to_bytes(4, "little") for i in range(200 * 64))
        path = self.folder / "rows.npy"
        header = "{'descr': '<i4', 'fortran_order': False, 'shape': (200, 64), }".ljust(117) + "\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + values)
        self.assertIn("float32", self.bench("--vectors", path, "--rows", 100).stderr)

    def test_an_index_that_was_kept_is_measured_by_another_process(self):
        made = self.lines(self.bench("--rows", 2000, "--dim", 64, "--json", "--keep", self.folder / "kept"))[0]
        opened = self.lines(self.run_program("bench", "index", "--opened", self.folder / "kept", "--json"))[0]
        self.assertEqual((opened["engine"], opened["rows"], opened["dim"]), ("nozama-opened", 2000, 64))
        self.assertEqual((opened["recall_at_30"], opened["bytes_per_row"]), (made["recall_at_30"], made["bytes_per_row"]))
        for key in ("cold_start_s", "cold_p99_us", "warm_start_s", "mapped_bytes"):
            self.assertGreater(opened[key], 0, key)
        nothing = self.run_program("bench", "index", "--opened", self.folder)
        self.assertEqual(nothing.returncode, 3, nothing.stderr)
        self.assertIn("--keep", nothing.stderr)

    def hdf5(self, distance):
        if not PEERS_PYTHON.exists():
            self.skipTest("./dev bench --setup has not been run")
        path = self.folder / f"{distance}.hdf5"
        subprocess.run([PEERS_PYTHON, "-c", MAKE_HDF5, path, distance], check=True)
        return self.run_program("bench", "index", "--data", path, "--rows", 600, "--queries", 100, "--dim", 32, "--json", "--python", PEERS_PYTHON)

    def test_a_file_of_ann_benchmarks_is_measured_on_its_own_queries(self):
        line = self.lines(self.hdf5("angular"))[0]
        self.assertEqual((line["rows"], line["dim"]), (600, 32))
        self.assertGreaterEqual(line["recall_at_30"], 0.99)

    def test_a_file_of_ann_benchmarks_for_another_distance_is_refused(self):
        done = self.hdf5("euclidean")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("not of length 1", done.stderr)


if __name__ == "__main__":
    unittest.main()
