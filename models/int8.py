"""The int8 network of a bundle: the inputs and the weights of most convolutions rounded to 8 bits.

The ranges of the inputs are those that calibrate.py measured and stored in calibration/<bundle>.json; nothing is measured here.
OpenVINO runs a convolution whose input and weights are quantised in int8, and everything else in floating point.
"""

import numpy as np
from openvino import opset13 as ops

WEIGHT_LEVELS = 127  # symmetric: -127 … 127
ACTIVATION_LEVELS = 256
RELU6_RANGE = (0.0, 6.0)
CONVOLUTIONS = ("Convolution", "GroupConvolution")
# They have few channels, so there is little to win, and most of the error: without them the mean cosine to f32 rises from
# 0.993 to 0.997 (Lite2).
FLOAT_LAYERS = ("_conv_stem", "_blocks.0._depthwise_conv", "_blocks.0._project_conv", "relations")


def convolutions_of(model):
    """Those that become int8, as {name: node}."""
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops() if node.get_type_name() in CONVOLUTIONS}
    return {name: node for name, node in nodes.items() if name not in FLOAT_LAYERS}


def needs_measuring(convolution):
    """ReLU6 says what the range is. Measuring it would cut off channels that the calibration pictures happen not to use."""
    return convolution.input_value(0).get_node().get_type_name() != "Clamp"


def _rounded_weights(weights):
    """One scale for each output channel: the first axis, also of a depthwise layer."""
    largest = np.abs(weights.astype(np.float64)).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    scales = np.maximum(largest, 1e-12) / WEIGHT_LEVELS
    rounded = np.clip(np.rint(weights / scales), -WEIGHT_LEVELS, WEIGHT_LEVELS).astype(np.int8)
    return ops.multiply(ops.convert(ops.constant(rounded), "f32"), ops.constant(scales.astype(np.float32)))


def _quantised_input(source, limits):
    low, high = (ops.constant(np.float32(limit)) for limit in limits)
    node = ops.fake_quantize(source, low, high, low, high, ACTIVATION_LEVELS)
    node.set_friendly_name(f"{source.get_node().get_friendly_name()}/quantised")
    return node


def quantise(model, ranges):
    """Changes `model`. `ranges`: {convolution: [low, high]} for each convolution that needs measuring, and no other."""
    convolutions = convolutions_of(model)
    wanted = {name for name, node in convolutions.items() if needs_measuring(node)}
    if wanted != set(ranges):
        raise ValueError(f"the measured ranges are those of another network: {sorted(wanted ^ set(ranges))[:3]}")
    for name, node in convolutions.items():
        limits = ranges.get(name, RELU6_RANGE)
        if not limits[0] < limits[1]:
            raise ValueError(f"the measured range of {name} is empty")
        quantised = _quantised_input(node.input_value(0), limits)
        weights = _rounded_weights(node.input_value(1).get_node().get_data())
        node.input(0).replace_source_output(quantised.output(0))
        node.input(1).replace_source_output(weights.output(0))
    model.validate_nodes_and_infer_types()
    return model
