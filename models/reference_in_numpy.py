#!/usr/bin/env python3
"""Reference activations from an implementation that shares no arithmetic with the recipe: NumPy, double precision.

Convolutions are sums of shifted products, batch normalisation stays a layer of its own, padding is written out, and the layers are
found by the names in the checkpoint. `--check` compares with the stored references, which were made with PyTorch where they say so.
Run: build/venv/bin/python models/reference_in_numpy.py [--check] NAME (three seconds each)
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

import make_bundle
import pooling
import reference_pictures
from bundles import BUNDLES, CROP_SHARE
from efficientnet_lite import RELATED_STAGE

HERE = Path(__file__).resolve().parent
STEPS = {"embedding": 16, "feature_map": 53, "logits": 10}
# The stages whose first block halves the picture, counted from 0.
HALVING_STAGES = {1, 2, 3, 5}
MADE_WITH = "models/reference_in_numpy.py, double precision: every n-th number of each output"


def padded(x, kernel, stride):
    """TensorFlow's SAME: as many rows as needed for ceil(side / stride) outputs, the odd one below and right."""
    widths = []
    for side in x.shape[1:]:
        total = max(0, (-(-side // stride) - 1) * stride + kernel - side)
        widths.append((total // 2, total - total // 2))
    return np.pad(x, [(0, 0), *widths])


def convolve(x, weights, stride=1):
    """x: channels, y, x. A filter with one input channel is depthwise."""
    kernel = weights.shape[2]
    y = padded(x, kernel, stride)
    side = -(-x.shape[1] // stride)
    total = 0
    for row in range(kernel):
        for column in range(kernel):
            part = y[:, row : row + stride * side : stride, column : column + stride * side : stride][:, :side, :side]
            tap = weights[:, :, row, column]
            if weights.shape[1] == 1 and x.shape[0] != 1:
                total = total + tap[:, :, None] * part
            else:
                total = total + np.tensordot(tap, part, axes=1)
    return total


def normalise(x, tensors, name):
    mean, variance, gain, shift = (tensors[f"{name}.{part}"].astype(np.float64)[:, None, None] for part in ("running_mean", "running_var", "weight", "bias"))
    return (x - mean) / np.sqrt(variance + 1e-3) * gain + shift


def relu6(x):
    return np.minimum(np.maximum(x, 0), 6)


def stage_of_blocks(tensors):
    """The stage of every block, found by where the number of output channels changes."""
    stages, stage, last = [], -1, None
    for block in range(sum(name.endswith("_project_conv.weight") for name in tensors)):
        width = tensors[f"_blocks.{block}._project_conv.weight"].shape[0]
        if width != last:
            stage, last = stage + 1, width
        stages.append(stage)
    return stages


def forward(tensors, relations, picture):
    def weights(name):
        return tensors[f"{name}.weight"].astype(np.float64)

    x = (picture.astype(np.float64).transpose(2, 0, 1) - 127) / 128
    x = relu6(normalise(convolve(x, weights("_conv_stem"), 2), tensors, "_bn0"))
    previous = -1
    mean, directions = relations[0].astype(np.float64), relations[1:].astype(np.float64)
    for block, stage in enumerate(stage_of_blocks(tensors)):
        name, first = f"_blocks.{block}", stage != previous
        y = x
        if f"{name}._expand_conv.weight" in tensors:
            y = relu6(normalise(convolve(y, weights(f"{name}._expand_conv")), tensors, f"{name}._bn0"))
        stride = 2 if first and stage in HALVING_STAGES else 1
        y = relu6(normalise(convolve(y, weights(f"{name}._depthwise_conv"), stride), tensors, f"{name}._bn1"))
        y = normalise(convolve(y, weights(f"{name}._project_conv")), tensors, f"{name}._bn2")
        x = y + x if not first else y
        previous = stage
        if stage == RELATED_STAGE:
            feature_map = np.tensordot(directions, x - mean[:, None, None], axes=1)
    features = relu6(normalise(convolve(x, weights("_conv_head")), tensors, "_bn1")).mean(axis=(1, 2))
    logits = weights("_fc") @ features + tensors["_fc.bias"].astype(np.float64)
    return {"embedding": pooling.embedding(feature_map), "feature_map": feature_map, "logits": logits}


def activations(bundle):
    tensors, relations = make_bundle.read_weights(bundle), np.load(HERE / "relations" / f"{bundle.name}.npy")
    size = bundle.variant.input_size
    content = {"made_with": MADE_WITH, "steps": STEPS}
    for name, draw in reference_pictures.PICTURES.items():
        picture = reference_pictures.centre(draw(round(size / CROP_SHARE)), size)
        outputs = forward(tensors, relations, picture)
        content[name] = {"picture_sha256": hashlib.sha256(picture.tobytes()).hexdigest(), "embedding_norm": round(float(np.linalg.norm(outputs["embedding"])), 4)}
        for output, step in STEPS.items():
            content[name][output] = [float(f"{value:.6g}") for value in outputs[output].reshape(-1)[::step]]
    return content


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("name", choices=[bundle.name for bundle in BUNDLES])
    parser.add_argument("--check", action="store_true", help="compare with the stored reference instead of writing it")
    arguments = parser.parse_args()
    bundle = next(bundle for bundle in BUNDLES if bundle.name == arguments.name)
    path = HERE / "reference" / f"{bundle.name}.json"
    found = activations(bundle)
    if not arguments.check:
        path.write_text(json.dumps(found) + "\n", encoding="utf-8")
        return
    stored = json.loads(path.read_text(encoding="utf-8"))
    worst = max(float(np.abs(np.array(found[name][output]) - stored[name][output]).max()) for name in reference_pictures.PICTURES for output in STEPS)
    print(f"{bundle.name}: largest difference from the stored reference {worst:.1e}")
    sys.exit(worst > make_bundle.TOLERANCE)


if __name__ == "__main__":
    main()
