"""Decides which pictures exist: python demo/render/plan.py --out plan.jsonl. Deterministic; needs no Blender."""

import argparse
import csv
import json
import os
import random
import zlib
from dataclasses import dataclass

import package
import palette

DEMO = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
AZIMUTH = 32  # degrees from the front, to the right
# Groups whose models come in three colours instead of two, and groups shown from a second side where there is one colour.
THREE_COLOURS = {"Chairs and stools", "Tables", "Electronics"}
TWO_VIEWS = {"House plants", "Electronics", "Decoration"}


@dataclass(frozen=True)
class Product:
    """A product of the shop: one model, its group, and the colours it comes in (the model's own first)."""

    id: str
    item: package.Item
    room: str
    group: str
    material: str
    colours: tuple  # keys of palette.COLOURS
    has_query: bool  # one of the products of which a shopper's picture is made

    def picture(self, colour):
        suffix = "" if colour == self.colours[0] else f"-{colour}"
        return f"pictures/{self.id}{suffix}.webp"

    @property
    def side_picture(self):
        """A second view, for some products of one colour."""
        two = len(self.colours) == 1 and self.group in TWO_VIEWS
        return f"pictures/{self.id}-side.webp" if two else None

    @property
    def query_picture(self):
        return f"queries/{self.id}.webp"


def read_table(name):
    with open(os.path.join(DEMO, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_products(libraries=package.FOLDER):
    items = {item.id: item for item in package.read_libraries(libraries)}
    models = {row["item"]: row for row in read_table("models.csv")}
    products = []
    for row in read_table("groups.csv"):
        item, model = items[row["item"]], models[row["item"]]
        material = palette.material_of(row["group"], item.names["en"], model["materials"])
        rgb = model["rgb"] or "#888888"
        own = palette.colour_of(rgb, material)
        more = palette.variants(row["product_id"], row["group"], material, rgb, float(model["share"]),
                                model["textured"] == "1", count=2 if row["group"] in THREE_COLOURS else 1)
        products.append(Product(row["product_id"], item, row["room"], row["group"], material,
                                (own, *(key for key in more if key != own)), row["query"] == "yes"))
    return products


def elevation(size):
    """Camera elevation in degrees: the flatter a thing lies, the more one looks down on it."""
    width, depth, height = size
    flatness = height / max(width, depth)
    for limit, degrees in ((0.08, 58), (0.16, 42), (0.3, 28)):
        if flatness < limit:
            return degrees
    return 18


def is_thin(size):
    """Flat and thin things show nothing of themselves from the side."""
    width, depth, height = size
    return height < 0.25 * max(width, depth) or min(width, depth) < 0.22 * max(size)


def product_shots(product):
    size = product.item.size
    shot = {"item": product.item.id, "kind": "product", "azimuth": AZIMUTH, "elevation": elevation(size)}
    shots = [{"file": product.picture(product.colours[0]), **shot}]
    for colour in product.colours[1:]:
        shots.append({"file": product.picture(colour), **shot, "paint": palette.paint(colour)})
    if product.side_picture:
        shots.append({"file": product.side_picture, **shot, "azimuth": 4 if is_thin(size) else AZIMUTH + 40})
    return shots


def query_shot(product):
    """The product as a shopper photographs it: 60–120° away in azimuth, elsewhere, in other light.

    The camera turns towards the front (to the left), since few people photograph a cupboard from behind.
    """
    view = random.Random(zlib.crc32(product.id.encode()))
    return {"file": product.query_picture, "item": product.item.id, "kind": "query",
            "azimuth": round(AZIMUTH - view.uniform(60, 120), 1), "elevation": round(view.uniform(10, 25), 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", default=package.FOLDER)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    products = read_products(args.libraries)
    shots = [shot for product in products for shot in product_shots(product)]
    shots += [query_shot(product) for product in products if product.has_query]
    with open(args.out, "w", encoding="utf-8") as file:
        for shot in shots:
            file.write(json.dumps(shot) + "\n")
    print(f"{len(products)} products, {len(shots)} pictures")


if __name__ == "__main__":
    main()
