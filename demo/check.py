#!/usr/bin/env python3
"""Checks that the sample shop is whole and keeps its promises: python3 demo/check.py. Standard library only."""

import csv
import json
import os
import struct
import sys
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
LANGUAGES = ("de", "fr", "es", "ja")
LICENCES = {"CC0-1.0", "CC-BY-3.0", "CC-BY-3.0-US"}
PICTURES_BYTES_MAX, QUERIES_BYTES_MAX = 15_000_000, 4_000_000
PICTURE_SIDE_MIN = 512


def read_csv(name):
    with open(os.path.join(HERE, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def webp_size(path):
    """Width and height of a WebP file (lossy, lossless or extended), or None if it is not a whole one."""
    with open(path, "rb") as file:
        head = file.read(30)
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if struct.unpack("<I", head[4:8])[0] + 8 > os.path.getsize(path):
        return None
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if head[12:16] == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return None


def check_pictures(folder, named, bytes_max):
    """Every named picture is there, large enough and whole; nothing else lies in the folder; all together stay small."""
    problems, total = [], 0
    present = {f"{folder}/{name}" for name in os.listdir(os.path.join(HERE, folder))}
    problems += [f"{name}: named but missing" for name in sorted(named - present)]
    problems += [f"{name}: no row names it" for name in sorted(present - named)]
    for name in sorted(named & present):
        path = os.path.join(HERE, name)
        total += os.path.getsize(path)
        size = webp_size(path)
        if size is None:
            problems.append(f"{name}: not a whole WebP file")
        elif min(size) < PICTURE_SIDE_MIN:
            problems.append(f"{name}: {size[0]} × {size[1]} px, want at least {PICTURE_SIDE_MIN}")
    if total > bytes_max:
        problems.append(f"{folder}/: {total} bytes, want at most {bytes_max}")
    return problems


def check_catalogue(rows):
    problems, products, order = [], defaultdict(list), []
    for line, row in enumerate(rows, 2):
        if row["id"] not in products:
            order.append(row["id"])
        elif order[-1] != row["id"]:
            problems.append(f"catalogue.csv:{line}: rows of {row['id']} are not adjacent")
        products[row["id"]].append(row)
        for column in ("id", "title", "category", "creator", "picture", "colour", "material", "source"):
            if not row[column]:
                problems.append(f"catalogue.csv:{line}: no {column}")
        if row["licence"] not in LICENCES:
            problems.append(f"catalogue.csv:{line}: licence {row['licence']!r} may not be redistributed")
        if not (float(row["price"]) > 0 and 0 <= float(row["rating"]) <= 5 and int(row["stock"]) >= 0):
            problems.append(f"catalogue.csv:{line}: price, rating or stock out of range")
    for product, variants in products.items():
        if len({v["variant"] for v in variants}) != len(variants):
            problems.append(f"{product}: two variants of one name")
    first = [variants[0] for variants in products.values()]
    for column in ("title", *(f"title_{lang}" for lang in LANGUAGES)):
        for title, count in Counter(row[column] for row in first).items():
            if count > 1 or not title:
                problems.append(f"catalogue.csv: {count} products have the {column} {title!r}")
    for category, count in Counter(row["category"] for row in first).items():
        if count < 20:
            problems.append(f"category {category!r}: {count} products, want at least 20")
    pictures = {p for row in rows for p in (row["picture"], *row["pictures"].split("|")) if p}
    if len(products) < 500 or len(pictures) < 1000:
        problems.append(f"{len(products)} products, {len(pictures)} pictures, want at least 500 and 1,000")
    return problems, products, pictures


def check_queries(products):
    problems, queries = [], read_csv("queries.csv")
    ids = [row["product_id"] for row in queries]
    problems += [f"queries.csv: unknown product {name}" for name in ids if name not in products]
    problems += [f"queries.csv: {name} twice" for name, count in Counter(ids).items() if count > 1]
    if len(ids) < 200:
        problems.append(f"queries.csv: {len(ids)} queries, want at least 200")
    missing = {rows[0]["category"] for rows in products.values()} - {products[n][0]["category"] for n in ids if n in products}
    problems += [f"queries.csv: no query for {category}" for category in sorted(missing)]
    problems += check_pictures("queries", {row["picture"] for row in queries}, QUERIES_BYTES_MAX)
    with open(os.path.join(HERE, "samples.json"), encoding="utf-8") as file:
        samples = json.load(file)
    known = {(row["picture"], row["product_id"]) for row in queries}
    problems += [f"samples.json: {s} is no query" for s in samples if (s["picture"], s["product_id"]) not in known]
    if len(samples) != 12:
        problems.append(f"samples.json: {len(samples)} samples, want 12")
    return problems


def check_attribution(products):
    with open(os.path.join(HERE, "ATTRIBUTION.md"), encoding="utf-8") as file:
        rows = {cells[1]: cells for cells in ([c.strip() for c in line.split("|")] for line in file) if len(cells) == 7}
    problems = []
    for product, variants in products.items():
        row = rows.get(product)
        if row is None:
            problems.append(f"ATTRIBUTION.md: {product} is missing")
        elif row[3] != variants[0]["creator"] or row[4] != variants[0]["licence"]:
            problems.append(f"ATTRIBUTION.md: {product} names another creator or licence than catalogue.csv")
    for licence in LICENCES:
        if not os.path.isfile(os.path.join(HERE, "licences", f"{licence}.txt")):
            problems.append(f"licences/{licence}.txt is missing")
    return problems


def main():
    problems, products, pictures = check_catalogue(read_csv("catalogue.csv"))
    problems += check_pictures("pictures", pictures, PICTURES_BYTES_MAX)
    problems += check_queries(products)
    problems += check_attribution(products)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"demo: {len(products)} products, {len(pictures)} pictures, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
