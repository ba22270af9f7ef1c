"""The layer check refuses what it should."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import layers  # noqa: E402

LEVEL, ALLOWED = layers.read_layers((ROOT / "cmake/layers.txt").read_text(encoding="utf-8"))


class Layers(unittest.TestCase):
    def test_downward_and_own_includes_pass(self):
        for module, target in (("engine", "catalog/catalog.h"), ("catalog", "catalog/sql.h"), ("model", "image/image.h"), ("cli", "config/config.h")):
            self.assertIsNone(layers.fault_of(module, '"', target, LEVEL, ALLOWED))

    def test_upward_and_sideways_includes_are_refused(self):
        self.assertIn("up", layers.fault_of("catalog", '"', "engine/engine.h", LEVEL, ALLOWED))
        self.assertIn("sideways", layers.fault_of("image", '"', "model/encoder.h", LEVEL, ALLOWED))
        self.assertIn("sideways", layers.fault_of("index", '"', "catalog/catalog.h", LEVEL, ALLOWED))

    def test_a_library_is_seen_by_its_adapter_only(self):
        self.assertIsNone(layers.fault_of("catalog", "<", "sqlite3.h", LEVEL, ALLOWED))
        self.assertIsNotNone(layers.fault_of("engine", "<", "sqlite3.h", LEVEL, ALLOWED))
        self.assertIsNone(layers.fault_of("engine", "<", "vector", LEVEL, ALLOWED))

    def test_a_fault_in_a_source_file_is_found_and_named(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "src"
            for name, text in {
                "base/clock.h": "#include <chrono>\n",
                "index/filter.cpp": '#include "base/clock.h"\n  #  include "engine/engine.h"\n',
                "extra/x.h": "",
            }.items():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_text(text)
            faults = layers.check(source, LEVEL, ALLOWED)
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("extra is not in cmake/layers.txt", faults[0])
        self.assertIn("src/index/filter.cpp:2: index may not include engine/engine.h", faults[1])

    def test_every_module_of_the_build_has_a_layer(self):
        modules = {path.parent.name for path in (ROOT / "src").glob("*/CMakeLists.txt")}
        self.assertEqual(modules, set(LEVEL))


if __name__ == "__main__":
    unittest.main()
