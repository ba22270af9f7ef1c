#!/usr/bin/env python3
"""Turns documents of Firestore, as its REST API lists them, into JSONL that `nozama import` reads. docs/coming-from-the-first-system.md

    firestore_to_jsonl.py [--rename THEIRS=OURS]… [--drop NAME]… EXPORT.json… > products.jsonl

Each file holds {"documents": [{"name": "…/products/ID", "fields": {…}}, …]}, one page of the list. The id is the document's, unless a field becomes `id`.
"""
import argparse
import base64
import json
import sys


def plain(value):
    """{"stringValue": "a"} → "a"; https://firebase.google.com/docs/firestore/reference/rest/v1/Value"""
    ((kind, inner),) = value.items()
    if kind == "nullValue":
        return None
    if kind == "integerValue":
        return int(inner)
    if kind == "arrayValue":
        return [plain(item) for item in inner.get("values", [])]
    if kind == "mapValue":
        return {name: plain(item) for name, item in inner.get("fields", {}).items()}
    if kind == "bytesValue":
        return base64.b64decode(inner).hex()
    if kind == "geoPointValue":
        return f"{inner.get('latitude', 0)},{inner.get('longitude', 0)}"
    if kind in ("stringValue", "doubleValue", "booleanValue", "timestampValue", "referenceValue"):
        return web_address(inner) if isinstance(inner, str) else inner
    raise ValueError(f"'{kind}' is no kind of value that Firestore has")


def web_address(text):
    """Public objects of a bucket have an address of the web."""
    return "https://storage.googleapis.com/" + text[len("gs://") :] if text.startswith("gs://") else text


def product_of(document, renamed, dropped):
    product = {"id": document["name"].rsplit("/", 1)[-1]}
    for name, value in document.get("fields", {}).items():
        if name not in dropped:
            product[renamed.get(name, name)] = plain(value)
    return product


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rename", action="append", default=[], metavar="THEIRS=OURS", help="a field's name with us: --rename imUrl=picture --rename label=category")
    parser.add_argument("--drop", action="append", default=[], metavar="NAME", help="a field that is not to come along")
    parser.add_argument("files", nargs="+", metavar="EXPORT.json")
    arguments = parser.parse_args()
    renamed = dict(pair.split("=", 1) for pair in arguments.rename)
    for path in arguments.files:
        with open(path, encoding="utf-8") as file:
            page = json.load(file)
        for document in page.get("documents", []):
            try:
                print(json.dumps(product_of(document, renamed, arguments.drop), ensure_ascii=False))
            except (KeyError, ValueError, AttributeError) as error:
                sys.exit(f"{path}: document {document.get('name', '(without a name)')}: {error}")


if __name__ == "__main__":
    main()
