"""nozama model: bundles are listed, shown and timed; ONNX files become bundles, or are refused with a reason."""
import json
import pathlib
import shutil
import sys
import unittest

from program import ROOT, ProgramTest

sys.path.insert(0, str(ROOT / "tests" / "models"))
import onnx  # noqa: E402
import onnx_graphs  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

BUNDLES = ROOT / "build" / "models"


def small_graph(inputs=None, nodes=None, domains=(("", 17),), initializers=None):
    """One convolution of 4 channels and a global average, on 32 pixels."""
    graph = onnx_graphs.Graph(7)
    if nodes is None:
        x = graph.conv("image", 3, 4)
        pooled = graph.add("Flatten", graph.add("GlobalAveragePool", x), axis=1)
        graph.nodes[-1].output[0] = pooled
    else:
        graph.nodes = nodes
    inputs = inputs or [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 32, 32])]
    outputs = [helper.make_tensor_value_info(graph.nodes[-1].output[0], TensorProto.FLOAT, None)]
    made = helper.make_graph(graph.nodes, "small", inputs, outputs, [*graph.initializers, *(initializers or [])])
    return helper.make_model(made, opset_imports=[helper.make_opsetid(*domain) for domain in domains], ir_version=9)


MANIFEST = {"licence": "MIT", "input": {"size": 32}, "output": {"pooling": "global_average"}}


class ModelTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.models = self.folder / "models"
        self.models.mkdir()

    def model(self, *arguments):
        return self.run_program("model", *arguments, "--models", self.models)

    def add(self, file, *arguments, name="mine"):
        return self.model("add", file, "--name", name, *arguments)

    def added(self, file, *arguments, name="mine"):
        done = self.add(file, *arguments, "--json", name=name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.report(done)

    def write_manifest(self, content, name="manifest.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def save(self, model, name="small.onnx", **options):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        onnx.save(model, str(path), **options)
        return path

    def refused(self, done, code, *texts):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertEqual([path.name for path in self.models.iterdir()], [], "nothing is left behind")


class Bundles(ProgramTest):
    def test_the_list_has_every_bundle_with_precisions_licence_and_size(self):
        report = self.report(self.run_program("model", "list", "--models", BUNDLES, "--json"))
        names = [bundle["name"] for bundle in report["bundles"]]
        self.assertEqual(names, sorted(names))
        self.assertLessEqual({"efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"}, set(names))
        lite2 = report["bundles"][names.index("efficientnet-lite2")]
        self.assertEqual(lite2["licence"], "Apache-2.0")
        self.assertEqual(lite2["input_size"], 300)
        self.assertEqual(lite2["embedding_dim"], 2080)
        self.assertIn("f32", lite2["precisions"])
        self.assertGreater(lite2["bytes"], 20_000_000)
        text = self.run_program("model", "list", "--models", BUNDLES).stdout
        self.assertIn("efficientnet-lite1", text)
        self.assertIn("Apache-2.0", text)

    def test_info_shows_the_manifest_and_an_unknown_name_lists_those_there_are(self):
        report = self.report(self.run_program("model", "info", "efficientnet-lite1", "--models", BUNDLES, "--json"))
        self.assertEqual(report["feature_map"], [64, 9, 9])
        self.assertEqual({file["name"] for file in report["files"]}, {"LICENSE", "model-int8.bin", "model-int8.xml", "model.bin", "model.xml"})
        done = self.run_program("model", "info", "nothing", "--models", BUNDLES)
        self.assertEqual(done.returncode, 3)
        self.assertIn("efficientnet-lite2", done.stderr)

    def test_bench_times_every_precision_beside_f32(self):
        report = self.report(self.run_program("model", "bench", "efficientnet-lite0", "--models", BUNDLES, "--seconds", "0.1", "--json"))
        [bundle] = report["bundles"]
        self.assertEqual(bundle["precisions"][0]["precision"], "f32")
        self.assertEqual(bundle["precisions"][0]["ratio_to_f32"], 1)
        for timing in bundle["precisions"]:
            self.assertGreater(timing["pictures_per_second"], 0)
            self.assertGreater(timing["one_picture_ms"], 0)
        self.assertIn(bundle["best"], [timing["precision"] for timing in bundle["precisions"]])
        self.assertIn("pictures/s", self.run_program("model", "bench", "efficientnet-lite0", "--models", BUNDLES, "--seconds", "0.1").stdout)

    def test_a_missing_folder_of_bundles_is_named(self):
        done = self.run_program("model", "list", "--models", self.folder / "none")
        self.assertEqual(done.returncode, 3)
        self.assertIn("none", done.stderr)


class Presets(ModelTest):
    # features: B2
    def test_a_real_xception_is_added_and_then_imports_and_searches(self):
        onnx_graphs.save(self.folder / "xception.onnx", "xception")
        report = self.added("xception.onnx", "--preset", "xception", "--licence", "MIT", "--title", "Xception, random weights", name="xception")
        self.assertEqual((report["input_size"], report["embedding_dim"], report["feature_map"]), (299, 2048, [2048, 10, 10]))
        self.assertEqual({file["name"] for file in report["files"]}, {"LICENSE", "model.bin", "model.xml"})
        (self.folder / "pictures").mkdir()
        pictures = sorted((ROOT / "demo" / "pictures").glob("*.webp"))[::200][:5]
        for number, picture in enumerate(pictures):
            shutil.copy(picture, self.folder / "pictures" / f"{number}.webp")
        feed = self.write_feed([f"p{n},Thing {n},Group {n % 2},{n + 1}.50,EUR,pictures/{n}.webp" for n in range(len(pictures))])
        models = ["--data", self.data, "--models", self.models]
        imported = self.report(self.run_program("import", *models, "--bundle", "xception", "--json", feed))
        self.assertEqual(imported["pictures_embedded"], len(pictures))
        self.assertTrue(imported["encoder"].startswith(f"xception@{report['version']}/"), imported["encoder"])
        answer = self.report(self.run_program("search", *models, "--json", "--min-score", "0", "pictures/3.webp"))
        self.assertEqual(answer["results"][0]["product"]["id"], "p3")
        self.assertEqual(len(answer["results"]), len(pictures))

    def test_vgg_resnet_and_mobilenet_are_added_with_their_feature_maps(self):
        for name, dim, side in (("vgg16", 64, 4), ("resnet50", 256, 2), ("mobilenetv3", 120, 2)):
            with self.subTest(name):
                onnx_graphs.save(self.folder / f"{name}.onnx", name, width=0.125, size=64)
                manifest = self.write_manifest({"input": {"size": 64}})
                report = self.added(f"{name}.onnx", "--preset", name, "--manifest", manifest, "--licence", "Apache-2.0", name=name)
                self.assertEqual(report["feature_map"], [dim, side, side])
                self.assertEqual(report["embedding_dim"], dim)

    def test_a_clip_tower_has_an_embedding_and_no_feature_map_and_still_imports_and_searches(self):
        onnx_graphs.save(self.folder / "clip.onnx", "clip", width=0.25, layers=2)
        report = self.added("clip.onnx", "--preset", "clip", "--licence", "MIT", name="clip")
        self.assertEqual((report["embedding_dim"], report["feature_map"], report["logits"]), (512, None, 0))
        feed = self.plain_shop(4)
        models = ["--data", self.data, "--models", self.models]
        self.assertEqual(self.report(self.run_program("import", *models, "--bundle", "clip", "--json", feed))["pictures_embedded"], 4)
        answer = self.report(self.run_program("search", *models, "--json", "--min-score", "0", "pictures/2.png"))
        self.assertEqual(answer["results"][0]["product"]["id"], "p2")

    def test_tokens_of_a_transformer_are_pooled_as_the_manifest_says(self):
        onnx_graphs.save(self.folder / "clip.onnx", "clip", width=0.1, size=64, layers=1)
        for pooling in ("cls_token", "mean_token"):
            manifest = self.write_manifest({"input": {"size": 64, "crop_share": 1}, "output": {"name": "last_hidden_state", "pooling": pooling, "dim": 64}})
            report = self.added("clip.onnx", "--manifest", manifest, "--licence", "MIT", name=pooling.replace("_", "-"))
            self.assertEqual((report["embedding_dim"], report["feature_map"]), (64, None))


class Manifests(ModelTest):
    def test_every_field_of_a_manifest_is_kept(self):
        (self.folder / "COPYING").write_text("do what you like")
        content = MANIFEST | {"title": "Small", "source": "made here", "licence_file": "COPYING"}
        content["input"] = {"size": 32, "layout": "NCHW", "channels": "BGR", "scale": 1, "mean": [104, 117, 123], "std": [1, 1, 1], "crop_share": 1}
        content["output"] = {"pooling": "global_average", "layout": "NCHW", "dim": 4}
        self.added(self.save(small_graph()), "--manifest", self.write_manifest(content))
        manifest = json.loads((self.models / "mine" / "manifest.json").read_text())
        self.assertEqual((manifest["title"], manifest["licence"], manifest["source"]["package"]), ("Small", "MIT", "made here"))
        self.assertEqual(manifest["input"]["normalisation"]["channels"], "BGR")
        self.assertEqual(manifest["input"]["crop_share"], 1)
        self.assertEqual((self.models / "mine" / "LICENSE").read_text(), "do what you like")

    def test_channels_last_and_a_batch_that_was_exported_as_a_number_are_handled(self):
        graph = onnx_graphs.Graph(3)
        x = graph.add("Transpose", "image", perm=[0, 3, 1, 2])
        graph.add("Transpose", graph.conv(x, 3, 5), perm=[0, 2, 3, 1])
        inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [8, 32, 32, 3])]
        model = small_graph(inputs, graph.nodes, initializers=graph.initializers)
        report = self.added(self.save(model), "--manifest", self.write_manifest(MANIFEST))
        self.assertEqual(report["feature_map"], [5, 32, 32])

    def test_numbers_too_large_for_half_precision_are_scaled_into_its_range(self):
        model = small_graph()
        weights = numpy_helper.to_array(model.graph.initializer[0]) * 1e6
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, model.graph.initializer[0].name))
        self.added(self.save(model), "--manifest", self.write_manifest(MANIFEST))
        scale = json.loads((self.models / "mine" / "manifest.json").read_text())["outputs"]["embedding"]["scale"]
        self.assertLess(scale, 1e-3)

    def test_the_same_file_has_the_same_version_and_other_weights_another(self):
        first = self.added(self.save(small_graph()), "--manifest", self.write_manifest(MANIFEST), name="one")["version"]
        self.assertEqual(self.added("small.onnx", "--manifest", "manifest.json", name="two")["version"], first)
        other = small_graph()
        weights = numpy_helper.to_array(other.graph.initializer[0]) * 2
        other.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, other.graph.initializer[0].name))
        self.assertNotEqual(self.added(self.save(other, "other.onnx"), "--manifest", "manifest.json", name="three")["version"], first)

    def test_a_manifest_that_lies_about_shapes_is_refused_with_both(self):
        self.save(small_graph())
        for change, texts in (
            ({"input": {"size": 64}}, ["32", "64"]),
            ({"input": {"size": 32, "layout": "NHWC"}}, ["NHWC"]),
            ({"output": {"pooling": "global_average", "dim": 5}}, ["4 numbers", "says 5"]),
            ({"output": {"pooling": "cls_token"}}, ["tokens"]),
            ({"output": {"pooling": "none", "name": "nothing"}}, ["'nothing'", "outputs are"]),
        ):
            with self.subTest(str(change)):
                self.refused(self.add("small.onnx", "--manifest", self.write_manifest(MANIFEST | change)), 2, *texts)

    def test_a_manifest_with_a_wrong_field_names_it(self):
        self.save(small_graph())
        for content, text in (
            ("[]", "JSON"), ("{", "JSON"), ({"inputs": {}}, "'inputs'"), ({"input": {"size": "32"}}, "'size'"), ({"input": {"size": 32, "std": [0, 1, 1]}}, "'std'"),
            ({"input": {"size": 32, "mean": [1]}}, "'mean'"), ({"input": {"size": 32}, "output": {"pooling": "max"}}, "global_average"), ({"title": "x"}, "'size'"),
            ({"input": {"size": 32}, "licence_file": "../../etc/passwd"}, "plain file name"), ({"format": 2, "input": {"size": 32}}, "'format'"),
        ):
            with self.subTest(str(content)):
                self.refused(self.add("small.onnx", "--manifest", self.write_manifest(content), "--licence", "MIT"), 2, text, "docs/models.md")

    def test_without_preset_and_manifest_or_with_an_unknown_preset_the_choices_are_named(self):
        self.save(small_graph())
        self.refused(self.add("small.onnx", "--licence", "MIT"), 2, "--preset", "--manifest")
        self.refused(self.add("small.onnx", "--licence", "MIT", "--preset", "alexnet"), 2, "xception")

    def test_a_missing_licence_is_refused_with_the_remedy(self):
        self.save(small_graph())
        content = {key: value for key, value in MANIFEST.items() if key != "licence"}
        self.refused(self.add("small.onnx", "--manifest", self.write_manifest(content)), 2, "--licence", "SPDX")
        self.refused(self.add("small.onnx", "--manifest", "manifest.json", "--licence", "<script>"), 2, "SPDX")

    def test_a_name_that_exists_or_is_none_is_refused(self):
        self.added(self.save(small_graph()), "--manifest", self.write_manifest(MANIFEST))
        before = sorted((path.name, path.read_bytes()) for path in (self.models / "mine").iterdir())
        done = self.add("small.onnx", "--manifest", "manifest.json")
        self.assertEqual(done.returncode, 4)
        self.assertIn("--name", done.stderr)
        self.assertEqual(sorted((path.name, path.read_bytes()) for path in (self.models / "mine").iterdir()), before)
        for name in ("../x", "A", ".x", "a/b"):
            self.assertEqual(self.add("small.onnx", "--manifest", "manifest.json", name=name).returncode, 2, name)

    def test_a_models_folder_that_cannot_be_written_names_the_remedy(self):
        self.models = pathlib.Path("/proc/self")  # where not even root can make a folder
        done = self.add(self.save(small_graph()), "--manifest", self.write_manifest(MANIFEST))
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertIn("--models", done.stderr)


class Files(ModelTest):
    def refused_file(self, path, code, *texts):
        self.refused(self.add(path, "--manifest", self.write_manifest(MANIFEST)), code, *texts)

    def test_a_damaged_file_is_refused(self):
        good = self.save(small_graph()).read_bytes()
        path = self.folder / "bad.onnx"
        for data in (b"", b"hello", good[: len(good) // 2], good[:-1], b"\x08" * 50, good + b"\xff"):
            path.write_bytes(data)
            self.refused_file(path, 7, "bad.onnx", "export it again")
        self.refused_file(self.folder / "none.onnx", 3, "none.onnx")

    def test_a_graph_that_contradicts_itself_is_refused(self):
        weights = numpy_helper.from_array(onnx_graphs.np.ones((4, 5, 3, 3), "float32"), "w")
        self.refused_file(self.save(small_graph(nodes=[helper.make_node("Conv", ["image", "w"], ["y"])], initializers=[weights])), 7, "Conv")
        self.refused_file(self.save(small_graph(nodes=[helper.make_node("Relu", ["missing"], ["y"])])), 7, "missing")

    def test_operators_that_are_not_supported_are_named(self):
        nodes = [helper.make_node("Blur", ["image"], ["a"], domain="com.example"), helper.make_node("NoSuchOperator", ["a"], ["y"])]
        self.refused_file(self.save(small_graph(nodes=nodes, domains=(("", 17), ("com.example", 1)))), 6, "com.example.Blur", "NoSuchOperator")

    def test_a_graph_that_is_no_image_encoder_is_refused(self):
        two = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 32, 32]) for name in ("image", "other")]
        self.refused_file(self.save(small_graph(two, [helper.make_node("Add", ["image", "other"], ["y"])])), 2, "2 inputs")
        zero = numpy_helper.from_array(onnx_graphs.np.zeros((4, 3, 1, 1), "float32"), "w")
        self.refused_file(self.save(small_graph(nodes=[helper.make_node("Conv", ["image", "w"], ["y"])], initializers=[zero])), 2, "all zero")
        nodes = [helper.make_node("Mul", ["image", "zero"], ["a"]), helper.make_node("Add", ["a", "one"], ["y"])]
        constants = [numpy_helper.from_array(onnx_graphs.np.full((1,), value, "float32"), name) for name, value in (("zero", 0), ("one", 1))]
        self.refused_file(self.save(small_graph(nodes=nodes, initializers=constants)), 2, "same embedding")

    def test_weights_beside_the_file_are_read_and_missing_ones_named(self):
        path = self.save(small_graph(), "out/small.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
        self.added(path, "--manifest", self.write_manifest(MANIFEST))
        shutil.rmtree(self.models / "mine")
        (self.folder / "out" / "weights.bin").unlink()
        self.refused_file(path, 3, "weights.bin", "beside")

    def test_weights_outside_the_folder_are_refused_also_behind_a_link(self):
        path = self.save(small_graph(), "out/small.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
        weights = self.folder / "out" / "weights.bin"
        weights.rename(self.folder / "weights.bin")
        weights.symlink_to(self.folder / "weights.bin")
        self.refused_file(path, 2, "leads out of its folder")
        weights.unlink()
        model = onnx.load(str(path), load_external_data=False)
        for location in ("../weights.bin", str(self.folder / "weights.bin"), "a/../../weights.bin", "/etc/passwd"):
            for entry in model.graph.initializer[0].external_data:
                if entry.key == "location":
                    entry.value = location
            path.write_bytes(model.SerializeToString())
            self.refused_file(path, 2, "leads out of its folder")

    def test_a_file_over_the_limit_is_refused_unread(self):
        path = self.folder / "huge.onnx"
        with path.open("wb") as file:
            file.truncate((2 << 30) + 1)
        self.refused_file(path, 5, "2 GiB")


if __name__ == "__main__":
    unittest.main()
