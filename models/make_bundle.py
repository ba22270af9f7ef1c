#!/usr/bin/env python3
"""Makes the encoder bundles: pinned weights → OpenVINO graph, checked against stored reference activations.

Run it with the Python of the private environment: build/venv/bin/python models/make_bundle.py
Bundles that are up to date are left alone.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETUP_HINT = "run `./dev setup`, which installs the pinned packages of scripts/requirements.txt"

try:
    import numpy as np
    import openvino as ov
except ImportError as error:
    sys.exit(f"make_bundle: {error}. Remedy: {SETUP_HINT}, and use build/venv/bin/python")

import int8
import pooling
import reference_pictures
import torch_archive
from bundles import BUNDLES, CROP_SHARE, manifest, manifest_text, sha256
from efficientnet_lite import build_graph

# Largest difference from the reference that rounding in another order explains; activations are of order 1.
TOLERANCE = 2e-4
# Least cosine between the int8 and the f32 embedding of a reference picture; they are drawn, and farther from photographs than renders are.
INT8_COSINE = 0.94


class RecipeError(Exception):
    """What went wrong, with its remedy."""


def recipe_id():
    """Changes with anything that decides the content of a bundle."""
    sources = b"".join(path.read_bytes() for path in sorted([*HERE.glob("*.py"), *HERE.glob("calibration/*.json"), *HERE.glob("relations/*.npy")]))
    return {"sha256": sha256(sources), "openvino": importlib.metadata.version("openvino")}


def up_to_date(folder, bundle, recipe):
    """Does the folder hold what this recipe would make, undamaged?"""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if found["name"] != bundle.name or found["version"] != bundle.version or found["recipe"] != recipe:
            return False
        return all(sha256((folder / entry["name"]).read_bytes()) == entry["sha256"] for entry in found["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def find_package_folder(bundle):
    spec = importlib.util.find_spec(bundle.module)
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(f"the package {bundle.package}=={bundle.package_version} is not installed. Remedy: {SETUP_HINT}")
    return Path(next(iter(spec.submodule_search_locations)))


def read_weights(bundle):
    path = find_package_folder(bundle) / bundle.weights_file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecipeError(f"cannot read {path}: {error.strerror}. Remedy: delete build/venv and {SETUP_HINT}") from error
    if sha256(data) != bundle.weights_sha256:
        raise RecipeError(f"{path} is not the pinned file (SHA-256 differs). Remedy: delete build/venv and {SETUP_HINT}")
    try:
        return torch_archive.read_tensors(path)
    except torch_archive.ArchiveError as error:
        raise RecipeError(f"{path}: {error}") from error


def package_licence(bundle):
    for entry in importlib.metadata.files(bundle.package) or []:
        if entry.name == "LICENSE":
            return entry.read_text().strip()
    raise RecipeError(f"the package {bundle.package} has no LICENSE file. Remedy: delete build/venv and {SETUP_HINT}")


def check_against_reference(bundle, model):
    """Runs the graph on pictures whose activations were once computed by an independent implementation."""
    path = HERE / "reference" / f"{bundle.name}.json"
    reference = json.loads(path.read_text(encoding="utf-8"))
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    size = bundle.variant.input_size
    worst = 0.0
    for name, draw in reference_pictures.PICTURES.items():
        picture = reference_pictures.centre(draw(round(size / CROP_SHARE)), size)
        if sha256(picture.tobytes()) != reference[name]["picture_sha256"]:
            raise RecipeError(f"the reference picture '{name}' is drawn differently from when {path} was made")
        outputs = compiled(picture[None])
        for output in ("feature_map", "logits"):
            found = outputs[output].reshape(-1)[:: reference["steps"][output]]
            worst = max(worst, float(np.abs(found - np.array(reference[name][output])).max()))
    if not worst < TOLERANCE:
        raise RecipeError(f"{bundle.name} differs from its reference activations by {worst:.2e} (allowed: {TOLERANCE:.0e}). "
                          "Remedy: use the pinned openvino and numpy; if you changed the graph, it is wrong")
    return worst


def f32_graph(bundle, tensors):
    return build_graph(tensors, bundle.variant, bundle.name, np.load(HERE / "relations" / f"{bundle.name}.npy"))


def int8_graph(bundle, tensors):
    path = HERE / "calibration" / f"{bundle.name}.json"
    calibration = json.loads(path.read_text(encoding="utf-8"))
    if calibration["weights_sha256"] != bundle.weights_sha256:
        raise RecipeError(f"{path} was measured with other weights. Remedy: run models/calibrate.py")
    try:
        return int8.quantise(f32_graph(bundle, tensors), calibration["ranges"])
    except ValueError as error:
        raise RecipeError(f"{path}: {error}. Remedy: run models/calibrate.py") from error


def check_int8(bundle, exact, rounded):
    """The int8 network against the f32 one, on the reference pictures; the least cosine of two embeddings."""
    properties = {"INFERENCE_PRECISION_HINT": "f32"}
    networks = [ov.Core().compile_model(model, "CPU", properties) for model in (exact, rounded)]
    size, least = bundle.variant.input_size, 1.0
    for draw in reference_pictures.PICTURES.values():
        picture = reference_pictures.centre(draw(round(size / CROP_SHARE)), size)
        one, other = (pooling.embedding(network(picture[None])["feature_map"][0]) for network in networks)
        least = min(least, float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)))
    if not least > INT8_COSINE:
        raise RecipeError(f"the int8 network of {bundle.name} is too far from f32 (cosine {least:.3f}, allowed: {INT8_COSINE}). "
                          "Remedy: run models/calibrate.py")
    return least


def graph_files(model, stem):
    with tempfile.TemporaryDirectory() as folder:
        ov.save_model(model, Path(folder) / f"{stem}.xml", compress_to_fp16=False)
        return {name: (Path(folder) / name).read_bytes() for name in (f"{stem}.xml", f"{stem}.bin")}


def write_folder(folder, files):
    """Written aside and renamed, so that an interrupted run leaves no half bundle."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, data in files.items():
            (aside / name).write_bytes(data)
        aside.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def make(bundle, out, force):
    folder, recipe = out / bundle.name, recipe_id()
    if not force and up_to_date(folder, bundle, recipe):
        print(f"model {bundle.name}: up to date", flush=True)
        return
    print(f"model {bundle.name}: reading weights", flush=True)
    tensors = read_weights(bundle)
    print(f"model {bundle.name}: building the graph", flush=True)
    model = f32_graph(bundle, tensors)
    print(f"model {bundle.name}: checking it against reference activations", flush=True)
    worst = check_against_reference(bundle, model)
    rounded = int8_graph(bundle, tensors)
    cosine = check_int8(bundle, model, rounded)
    files = graph_files(model, "model") | graph_files(rounded, "model-int8")
    files["LICENSE"] = f"{package_licence(bundle)}\n\n{(HERE.parent / 'LICENSE').read_text(encoding='utf-8')}".encode()
    content = manifest(bundle, recipe, files)
    write_folder(folder, files | {"manifest.json": manifest_text(content).encode()})
    size = sum(len(data) for data in files.values()) / 1e6
    print(f"model {bundle.name}: written to {folder} ({size:.1f} MB, largest difference {worst:.0e}, int8 cosine {cosine:.3f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "models", help="folder of the bundles")
    parser.add_argument("--only", choices=[bundle.name for bundle in BUNDLES], help="make this one only")
    parser.add_argument("--force", action="store_true", help="make it although it is up to date")
    arguments = parser.parse_args()
    try:
        for bundle in BUNDLES:
            if arguments.only in (None, bundle.name):
                make(bundle, arguments.out, arguments.force)
    except RecipeError as error:
        sys.exit(f"make_bundle: {error}")
    except OSError as error:
        sys.exit(f"make_bundle: cannot write the bundle: {error}. Remedy: make room or choose another folder with --out")


if __name__ == "__main__":
    main()
