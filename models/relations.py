#!/usr/bin/env python3
"""Measures in which directions the channels of a bundle's related stage vary, on our own renders, and writes relations/<bundle>.npy.

(1 + directions) × channels: the mean, and the leading principal directions, each divided by the fourth root of its variance, which is half
way to whitening. Run by hand, when a bundle is added or its weights change, in the environment of calibrate.py (pillow is needed).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import openvino as ov

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import make_bundle
from bundles import BUNDLES
from demo_pictures import DEMO, network_input
from efficientnet_lite import RELATIONS, build_graph, related_channels


def related_stage(bundle):
    """The network as far as the stage whose channels are related."""
    nothing = np.zeros((1 + RELATIONS, related_channels(bundle.variant)))
    model = build_graph(make_bundle.read_weights(bundle), bundle.variant, bundle.name, nothing)
    stage = next(node for node in model.get_ordered_ops() if node.get_friendly_name() == "relations").input_value(0)
    return ov.Core().compile_model(ov.Model([stage], model.get_parameters(), bundle.name), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def measured(bundle):
    network = related_stage(bundle)
    count, total, products = 0, 0, 0
    for path in sorted((DEMO / "pictures").glob("*.webp")):
        places = network(network_input(path, bundle.variant.input_size))[0][0]
        places = places.reshape(len(places), -1).astype(np.float64)
        count, total, products = count + places.shape[1], total + places.sum(axis=1), products + places @ places.T
    mean = total / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    leading = directions[:, ::-1][:, :RELATIONS] / variances[::-1][:RELATIONS] ** 0.25
    return np.concatenate([mean[None], leading.T]).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=[bundle.name for bundle in BUNDLES], help="measure this one only")
    arguments = parser.parse_args()
    for bundle in BUNDLES:
        if arguments.only in (None, bundle.name):
            path = HERE / "relations" / f"{bundle.name}.npy"
            path.parent.mkdir(exist_ok=True)
            np.save(path, measured(bundle))
            print(f"relations: {path} written", flush=True)


if __name__ == "__main__":
    main()
