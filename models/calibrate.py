#!/usr/bin/env python3
"""Measures the ranges that int8 networks need, with NNCF on our own renders, and writes calibration/<bundle>.json.

It is run by hand, when a bundle is added or its weights change, in an environment of its own (models/README.md has the lines): NNCF is no
part of the set-up.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

try:
    import nncf
except ImportError as error:
    sys.exit(f"calibrate: {error}. Remedy: install nncf and pillow as models/README.md says")

import int8
import make_bundle
from bundles import BUNDLES
from demo_pictures import DEMO, network_input

PICTURES = 300


def chosen_pictures():
    """Spread over catalogue and query renders; the same on every machine."""
    files = [path for folder in ("pictures", "queries") for path in (DEMO / folder).iterdir() if path.suffix in (".webp", ".jpg", ".png")]
    files.sort(key=lambda path: hashlib.sha256(path.name.encode()).digest())
    return files[:PICTURES]


def measured_ranges(bundle, files):
    model = make_bundle.f32_graph(bundle, make_bundle.read_weights(bundle))
    wanted = [name for name, node in int8.convolutions_of(model).items() if int8.needs_measuring(node)]
    pictures = [network_input(path, bundle.variant.input_size) for path in files]
    quantised = nncf.quantize(model, nncf.Dataset(pictures), preset=nncf.QuantizationPreset.MIXED, subset_size=len(pictures))
    nodes = {node.get_friendly_name(): node for node in quantised.get_ordered_ops()}
    ranges = {}
    for name in wanted:
        fake = nodes[name].input_value(0).get_node()
        if fake.get_type_name() != "FakeQuantize":
            raise SystemExit(f"calibrate: NNCF did not quantise the input of {name}")
        low, high = (float(fake.input_value(port).get_node().get_data().reshape(())) for port in (1, 2))
        ranges[name] = [round(low, 4), round(high, 4)]
    return ranges


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=[bundle.name for bundle in BUNDLES], help="measure this one only")
    arguments = parser.parse_args()
    files = chosen_pictures()
    for bundle in BUNDLES:
        if arguments.only not in (None, bundle.name):
            continue
        content = {
            "made_with": f"nncf {nncf.__version__} (minimum and maximum, mixed preset) on {len(files)} pictures of demo/pictures and demo/queries",
            "weights_sha256": bundle.weights_sha256,
            "ranges": measured_ranges(bundle, files),
        }
        path = HERE / "calibration" / f"{bundle.name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"calibrate: {path} written, {len(content['ranges'])} ranges")


if __name__ == "__main__":
    main()
