"""Reads Sweet Home 3D furniture libraries (.sh3f): zip archives of a .properties catalogue and OBJ models."""

import glob
import os
import re
import zipfile
from dataclasses import dataclass

FOLDER = "/usr/share/sweethome3d/furniture"
LANGUAGES = ("de", "fr", "es", "ja")
_CATALOGUE = "PluginFurnitureCatalog"

# Library file → prefix of our product ids, licence as an SPDX name, licence address.
LIBRARIES = {
    "BlendSwap-CC-0.sh3f": ("blendswap-cc0", "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "BlendSwap-CC-BY.sh3f": ("blendswap-ccby", "CC-BY-3.0", "https://creativecommons.org/licenses/by/3.0/"),
    "KatorLegaz.sh3f": ("kator-legaz", "CC-BY-3.0-US", "https://creativecommons.org/licenses/by/3.0/us/"),
    "Reallusion.sh3f": ("reallusion", "CC-BY-3.0-US", "https://creativecommons.org/licenses/by/3.0/us/"),
    "Scopia.sh3f": ("scopia", "CC-BY-3.0", "https://creativecommons.org/licenses/by/3.0/"),
}


@dataclass(frozen=True)
class Item:
    """One model of a library. Sizes in centimetres; `model` is the OBJ's path inside the archive."""

    id: str
    library: str
    model: str
    icon: str
    names: dict  # language ("en", "de", …) → name
    category: str
    creator: str
    size: tuple  # width, depth, height
    rotation: tuple  # nine numbers, row-major, y up; the model is turned by it before it is scaled to `size`

    @property
    def product_id(self):
        words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", self.id.split("#", 1)[1])
        slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        return f"{LIBRARIES[self.library][0]}-{slug}"

    @property
    def licence(self):
        return LIBRARIES[self.library][1]


def parse_properties(data):
    """Java .properties bytes (Latin-1 with \\uXXXX escapes) → dict. Continuation lines do not occur in these files."""
    values = {}
    for line in data.decode("latin-1").splitlines():
        if line.startswith("#") or "=" not in line:
            continue
        key, value = line.split("=", 1)
        value = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), value.strip())
        values[key.strip()] = re.sub(r"\\(.)", r"\1", value)
    return values


def read_library(path):
    """All items of one .sh3f file, in its own order."""
    with zipfile.ZipFile(path) as archive:
        base = parse_properties(archive.read(f"{_CATALOGUE}.properties"))
        local = {lang: parse_properties(archive.read(f"{_CATALOGUE}_{lang}.properties")) for lang in LANGUAGES}
    items = []
    for key, item_id in base.items():
        if not re.fullmatch(r"id#\d+", key):
            continue
        n = key[3:]
        names = {"en": base[f"name#{n}"]}
        names.update({lang: local[lang].get(f"name#{n}", names["en"]) for lang in LANGUAGES})
        rotation = base.get(f"modelRotation#{n}", "1 0 0 0 1 0 0 0 1")
        items.append(Item(
            id=item_id,
            library=os.path.basename(path),
            model=base[f"model#{n}"].lstrip("/"),
            icon=base[f"icon#{n}"].lstrip("/"),
            names=names,
            category=base[f"category#{n}"],
            creator=base[f"creator#{n}"],
            size=tuple(float(base[f"{side}#{n}"]) for side in ("width", "depth", "height")),
            rotation=tuple(float(v) for v in rotation.split()),
        ))
    return items


def read_libraries(folder=FOLDER):
    paths = [p for p in sorted(glob.glob(os.path.join(folder, "*.sh3f"))) if os.path.basename(p) in LIBRARIES]
    if not paths:
        raise SystemExit(f"no furniture libraries in {folder}: apt-get install sweethome3d-furniture")
    return [item for path in paths for item in read_library(path)]


def extract(folder, target):
    """Unpacks every library into target/<library file name>/ once."""
    for name in LIBRARIES:
        place = os.path.join(target, name)
        if not os.path.isdir(place):
            with zipfile.ZipFile(os.path.join(folder, name)) as archive:
                archive.extractall(place + ".part")
            os.rename(place + ".part", place)
