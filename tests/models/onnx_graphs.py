"""ONNX graphs of well-known image encoders with seeded random weights: the architecture is real, what they see is not.

Layers follow the papers: Xception (Chollet 2017, figure 5), VGG16 (Simonyan and Zisserman 2015, table 1 D), ResNet-50 (He et al. 2016, table 1),
MobileNetV3-Large (Howard et al. 2019, table 1), and the image tower of CLIP (Radford et al. 2021: pre-norm ViT with a class token and QuickGELU).
`width` scales channels, for tests that need not take long; 1 is the real thing.
By hand: build/venv/bin/python tests/models/onnx_graphs.py NAME FILE.onnx
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Graph:
    """Adds nodes in order; every method takes and returns the name of a tensor."""

    def __init__(self, seed=1):
        self.nodes, self.initializers, self.dice, self.count = [], [], np.random.default_rng(seed), 0

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def constant(self, array, kind="weight"):
        name = self.name(kind)
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, kind, *inputs, **attributes):
        output = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def weights(self, shape, fan_in):
        return self.constant(self.dice.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32))

    def conv(self, x, channels_in, channels_out, kernel=3, stride=1, groups=1, padding=None):
        weights = self.weights((channels_out, channels_in // groups, kernel, kernel), channels_in // groups * kernel * kernel)
        pad = kernel // 2 if padding is None else padding
        return self.add("Conv", x, weights, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=groups)

    def norm(self, x, channels):
        vectors = [self.dice.uniform(0.8, 1.2, channels), self.dice.normal(0, 0.1, channels), self.dice.normal(0, 0.1, channels), self.dice.uniform(0.8, 1.2, channels)]
        return self.add("BatchNormalization", x, *(self.constant(vector.astype(np.float32)) for vector in vectors))

    def linear(self, x, size_in, size_out):
        y = self.add("MatMul", x, self.weights((size_in, size_out), 2 * size_in))
        return self.add("Add", y, self.constant(self.dice.normal(0, 0.02, size_out).astype(np.float32)))

    def model(self, shape, outputs, name):
        """`outputs`: {tensor: shape}."""
        values = [helper.make_tensor_value_info(tensor, TensorProto.FLOAT, extents) for tensor, extents in outputs.items()]
        graph = helper.make_graph(self.nodes, name, [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)], values, self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def classifier(graph, x, channels, classes=10):
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x), axis=1)
    return graph.linear(x, channels, classes)


def xception(width=1.0, size=299):
    g = Graph()

    def c(channels):
        return max(8, int(channels * width))

    def separable(x, channels_in, channels_out):
        return g.norm(g.conv(g.conv(x, channels_in, channels_in, 3, groups=channels_in), channels_in, channels_out, 1), channels_out)

    def relu(x):
        return g.add("Relu", x)

    x = relu(g.norm(g.conv("image", 3, c(32), 3, 2, padding=0), c(32)))
    x = relu(g.norm(g.conv(x, c(32), c(64), 3, padding=0), c(64)))
    for step, (channels_in, channels_out) in enumerate([(64, 128), (128, 256), (256, 728)]):
        skip = g.norm(g.conv(x, c(channels_in), c(channels_out), 1, 2), c(channels_out))
        y = separable(x if step == 0 else relu(x), c(channels_in), c(channels_out))
        y = separable(relu(y), c(channels_out), c(channels_out))
        x = g.add("Add", g.add("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), skip)
    for _ in range(8):
        y = x
        for _ in range(3):
            y = separable(relu(y), c(728), c(728))
        x = g.add("Add", y, x)
    skip = g.norm(g.conv(x, c(728), c(1024), 1, 2), c(1024))
    y = separable(relu(separable(relu(x), c(728), c(728))), c(728), c(1024))
    x = g.add("Add", g.add("MaxPool", y, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), skip)
    x = relu(separable(x, c(1024), c(1536)))
    x = relu(separable(x, c(1536), c(2048)))
    logits = classifier(g, x, c(2048))
    return g.model(["batch", 3, size, size], {logits: ["batch", 10]}, "xception")


def vgg16(width=1.0, size=224):
    """The convolutional part."""
    g, x, channels_in = Graph(), "image", 3
    for stage, (repeats, channels) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]):
        channels = max(8, int(channels * width))
        for _ in range(repeats):
            x, channels_in = g.add("Relu", g.conv(x, channels_in, channels)), channels
        if stage < 4:
            x = g.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    side = size // 16
    return g.model([1, 3, size, size], {x: [1, channels_in, side, side]}, "vgg16")


def resnet50(width=1.0, size=224):
    g = Graph()
    channels_in = max(8, int(64 * width))
    x = g.add("Relu", g.norm(g.conv("image", 3, channels_in, 7, 2), channels_in))
    x = g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for stage, repeats in enumerate([3, 4, 6, 3]):
        inner = max(8, int(64 * 2**stage * width))
        for block in range(repeats):
            stride = 2 if block == 0 and stage > 0 else 1
            y = g.add("Relu", g.norm(g.conv(x, channels_in, inner, 1), inner))
            y = g.add("Relu", g.norm(g.conv(y, inner, inner, 3, stride), inner))
            y = g.norm(g.conv(y, inner, 4 * inner, 1), 4 * inner)
            skip = g.norm(g.conv(x, channels_in, 4 * inner, 1, stride), 4 * inner) if block == 0 else x
            x, channels_in = g.add("Relu", g.add("Add", y, skip)), 4 * inner
    logits = classifier(g, x, channels_in)
    return g.model(["N", 3, size, size], {logits: ["N", 10]}, "resnet50")


# kernel, expanded channels, channels out, squeeze and excite, hard swish, stride
MOBILENET_V3 = [
    (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1), (5, 120, 40, 1, 0, 1),
    (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1),
    (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1),
]


def mobilenetv3(width=1.0, size=224):
    g = Graph()

    def c(channels):
        return max(8, int(channels * width) // 8 * 8)

    def activate(x, hard_swish):
        return g.add("HardSwish", x) if hard_swish else g.add("Relu", x)

    x, channels_in = activate(g.norm(g.conv("image", 3, c(16), 3, 2), c(16)), True), c(16)
    for kernel, expanded, channels_out, excite, swish, stride in MOBILENET_V3:
        expanded, channels_out = c(expanded), c(channels_out)
        y = activate(g.norm(g.conv(x, channels_in, expanded, 1), expanded), swish)
        y = activate(g.norm(g.conv(y, expanded, expanded, kernel, stride, groups=expanded), expanded), swish)
        if excite:
            gate = g.add("Relu", g.conv(g.add("GlobalAveragePool", y), expanded, expanded // 4, 1))
            y = g.add("Mul", y, g.add("HardSigmoid", g.conv(gate, expanded // 4, expanded, 1), alpha=1 / 6, beta=0.5))
        y = g.norm(g.conv(y, expanded, channels_out, 1), channels_out)
        x, channels_in = (g.add("Add", x, y) if stride == 1 and channels_in == channels_out else y), channels_out
    x = activate(g.norm(g.conv(x, channels_in, c(960), 1), c(960)), True)
    x = g.add("Flatten", g.add("GlobalAveragePool", x), axis=1)
    logits = g.linear(activate(g.linear(x, c(960), c(1280)), True), c(1280), 10)
    return g.model(["batch", 3, size, size], {logits: ["batch", 10]}, "mobilenetv3")


def clip(width=1.0, size=224, patch=32, layers=12):
    """ViT-B/32 at width 1: the projected class token, `image_embeds`, and the tokens before it, `last_hidden_state`."""
    g = Graph()
    dim = max(64, int(768 * width) // 64 * 64)
    heads, tokens = dim // 64, (size // patch) ** 2 + 1

    def norm(x):
        return g.add("LayerNormalization", x, g.constant(g.dice.uniform(0.9, 1.1, dim).astype(np.float32)), g.constant(np.zeros(dim, np.float32)), axis=-1)

    def split(x):
        x = g.add("Reshape", x, g.constant(np.array([0, tokens, heads, 64], np.int64), "shape"))
        return g.add("Transpose", x, perm=[0, 2, 1, 3])

    x = g.add("Conv", "image", g.weights((dim, 3, patch, patch), 3 * patch * patch), kernel_shape=[patch] * 2, strides=[patch] * 2)
    x = g.add("Transpose", g.add("Reshape", x, g.constant(np.array([0, dim, -1], np.int64), "shape")), perm=[0, 2, 1])
    batch = g.add("Slice", g.add("Shape", x), *(g.constant(np.array([value], np.int64), "bound") for value in (0, 1)))
    shape = g.add("Concat", batch, g.constant(np.array([1, dim], np.int64), "shape"), axis=0)
    token = g.add("Expand", g.constant(g.dice.normal(0, 0.5, (1, 1, dim)).astype(np.float32)), shape)
    x = g.add("Add", g.add("Concat", token, x, axis=1), g.constant(g.dice.normal(0, 0.1, (1, tokens, dim)).astype(np.float32)))
    x = norm(x)
    for _ in range(layers):
        y = norm(x)
        q, k, v = (split(g.linear(y, dim, dim)) for _ in range(3))
        scores = g.add("Mul", g.add("MatMul", q, g.add("Transpose", k, perm=[0, 1, 3, 2])), g.constant(np.float32(0.125)))
        y = g.add("Transpose", g.add("MatMul", g.add("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
        y = g.add("Reshape", y, g.constant(np.array([0, tokens, dim], np.int64), "shape"))
        x = g.add("Add", x, g.linear(y, dim, dim))
        y = g.linear(norm(x), dim, 4 * dim)
        y = g.add("Mul", y, g.add("Sigmoid", g.add("Mul", y, g.constant(np.float32(1.702)))))
        x = g.add("Add", x, g.linear(y, 4 * dim, dim))
    hidden = g.add("Identity", x)
    first = norm(g.add("Gather", x, g.constant(np.array(0, np.int64), "first"), axis=1))
    embeds = g.add("MatMul", first, g.weights((dim, 512), dim))
    for node in g.nodes:
        node.output[:] = [{hidden: "last_hidden_state", embeds: "image_embeds"}.get(output, output) for output in node.output]
    return g.model(["batch", 3, size, size], {"last_hidden_state": ["batch", tokens, dim], "image_embeds": ["batch", 512]}, "clip")


GRAPHS = {"xception": xception, "vgg16": vgg16, "resnet50": resnet50, "mobilenetv3": mobilenetv3, "clip": clip}


def save(path, name, **shape):
    onnx.save(GRAPHS[name](**shape), str(path))


if __name__ == "__main__":
    save(sys.argv[2], sys.argv[1])
