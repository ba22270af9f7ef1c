"""Writes catalogue.csv, queries.csv, samples.json and ATTRIBUTION.md: python demo/render/catalogue.py. Needs no Blender."""

import csv
import json
import os
import zlib

import package
import palette
import plan

# Titles that the English originals spell wrongly or that say too little.
_ENGLISH = {
    "Kator Legaz#trunk-large": "Trunk", "Scopia#cendrier": "Ashtray", "Scopia#gaz_water_heater": "Gas water heater",
    "Scopia#silla_teca": "Teak chair", "Scopia#chaussette": "Sock", "Scopia#littlebank": "Low bench",
    "Scopia#wood_bank": "Wooden bench", "Scopia#box_room": "Sideboard", "Scopia#office_box": "Office cabinet",
    "Scopia#puff": "Bean bag", "Scopia#short-shadows": "Shorts", "Scopia#clear_sofa": "Light sofa",
    "Scopia#kitchen_tool1": "Serving spoon", "Scopia#kitchen_tool2": "Ladle", "Scopia#kitchen_tool3": "Spatula",
    "Scopia#kitchen_tool4": "Spaghetti spoon", "Scopia#barnum": "Garden pavilion", "Scopia#flipper": "Pinball machine",
    "Blend Swap CC-0#toiletsUnit": "Toilet", "Blend Swap CC-BY#toilets_unit_jay_hardy": "Toilet",
    "Blend Swap CC-BY#modernToilet": "Toilet", "Blend Swap CC-0#umbrella": "Parasol",
    "Blend Swap CC-BY#lipStick": "Lipstick", "Scopia#entry-bell-ring": "Doorbell",
    "Scopia#external-unity-air-conditioning": "Air conditioner, outdoor unit",
    "Scopia#internal-unity-air-conditioning": "Air conditioner, indoor unit", "Scopia#jacuzzi": "Whirlpool",
    "Blend Swap CC-0#riggedFan": "Table fan", "Scopia#cooker": "Rice cooker",
}
_LANGUAGES = ("en", *package.LANGUAGES)
# EUR per metre of width + depth + height.
_PRICE_PER_METRE = {
    "Sofas": 190, "Armchairs": 120, "Decoration": 45, "House plants": 30, "Electronics": 210,
    "Cabinets and shelves": 95, "Chairs and stools": 55, "Tables": 80, "Desks": 85, "Beds": 105,
    "Clothing and accessories": 60, "Lamps": 65, "Fitted kitchen": 110, "Kitchen appliances": 180, "Kitchenware": 35,
    "Bathroom fixtures": 130, "Bathroom accessories": 30, "Heating, cooling and safety": 110, "Tools and boxes": 35,
    "Garden furniture": 70, "Trees and hedges": 25, "Play, pools and garden ornaments": 75,
    "Sports, toys and music": 85,
}
COLUMNS = ["id", "variant", "title", "title_de", "title_fr", "title_es", "title_ja", "description", "category", "brand",
           "price", "currency", "stock", "rating", "rating_count", "picture", "pictures", "colour", "material",
           "width_cm", "depth_cm", "height_cm", "creator", "licence", "source", "url"]


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def titles(products):
    """Title per product and language: kind, material, size, creator; colour or a number only where two would be alike."""
    result = {}
    for index, language in enumerate(_LANGUAGES):
        comma, space = ("、", "") if language == "ja" else (", ", " ")

        def compose(product, extra):
            name = product.item.names[language]
            if language == "en":
                name = _ENGLISH.get(product.item.id, name)
            size = " × ".join(number(side) for side in product.item.size) + " cm"
            material = [] if product.material == "plant" else [palette.MATERIALS[product.material][index]]
            return comma.join([name, *material, *extra, size]) + f"{space}({product.item.creator})"

        taken = {}
        for product in products:
            colour = palette.COLOURS[product.colours[0]][1][index]
            choices = [[], [colour]] + [[colour, f"No. {n}"] for n in range(2, 50)]
            title = next(t for t in (compose(product, extra) for extra in choices) if t not in taken)
            taken[title] = product.id
            result[product.id, language] = title
    return result


def sample_numbers(product, colour):
    """Invented but fixed price, stock and rating; demo/README.md states the formula."""
    own = zlib.crc32(product.id.encode())
    metres = sum(product.item.size) / 100
    price = _PRICE_PER_METRE[product.group] * metres * (0.8 + (own % 41) / 100)
    price = max(2.0, round(price) if price < 50 else round(price / 5) * 5) - 0.1
    stock = zlib.crc32(f"{product.id}/{colour}".encode()) % 41
    return {"price": f"{price:.2f}", "currency": "EUR", "stock": stock,
            "rating": f"{3 + (own >> 8) % 21 / 10:.1f}", "rating_count": 1 + (own >> 16) % 400}


def rows_of(product, title):
    item = product.item
    several = len(product.colours) > 1
    for colour in product.colours:
        own = colour == product.colours[0]
        words = palette.COLOURS[colour][1]
        yield {
            "id": product.id, "variant": colour if several else "", "title": title[product.id, "en"],
            **{f"title_{lang}": title[product.id, lang] for lang in package.LANGUAGES},
            "description": f"Sample data. The picture is a rendering of the 3D model “{item.names['en']}” "
                           f"by {item.creator}" + (", recoloured." if not own else "."),
            "category": f"{product.room} > {product.group}", "brand": item.creator, **sample_numbers(product, colour),
            "picture": product.picture(colour), "pictures": product.side_picture or "",
            "colour": words[0], "material": palette.MATERIALS[product.material][0],
            "width_cm": number(item.size[0]), "depth_cm": number(item.size[1]), "height_cm": number(item.size[2]),
            "creator": item.creator, "licence": item.licence,
            "source": f"Sweet Home 3D furniture library {item.library}: {item.id}", "url": "",
        }


def write_csv(name, columns, rows):
    with open(os.path.join(plan.DEMO, name), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_attribution(products):
    lines = [
        "# Attribution", "",
        "Every picture in `pictures/` and `queries/` is a rendering made for this project of a 3D model from the",
        "Sweet Home 3D furniture libraries (Debian package `sweethome3d-furniture`), distributed by Emmanuel Puybaret /",
        "eTeks, <https://www.sweethome3d.com>. The models were changed: lit, given other surfaces, placed before a",
        "background and, in variants, recoloured. The renderings are offered under the licence of their model.", "",
        "Licences, whole texts in `licences/`:", "",
    ]
    for licence, address in sorted({(v[1], v[2]) for v in package.LIBRARIES.values()}):
        lines.append(f"- {licence}: <{address}>")
    lines += ["", "| product | model | creator | licence | source |", "| --- | --- | --- | --- | --- |"]
    for product in products:
        item = product.item
        lines.append(f"| {product.id} | {item.names['en']} | {item.creator} | {item.licence} | "
                     f"{item.library}: {item.model} |")
    with open(os.path.join(plan.DEMO, "ATTRIBUTION.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


# Varied pictures for the storefront's "try one of these".
SAMPLES = ["scopia-armchair2", "scopia-little-lamp3", "blendswap-cc0-winchester-armchair", "scopia-bed1",
           "blendswap-cc0-plastic-chair", "scopia-toaster", "blendswap-cc0-augalas", "blendswap-cc0-toilets-unit",
           "blendswap-ccby-plaid-chair", "scopia-casque", "blendswap-cc0-umbrella", "scopia-clear-sofa"]


def main():
    products = plan.read_products()
    title = titles(products)
    write_csv("catalogue.csv", COLUMNS, (row for product in products for row in rows_of(product, title)))
    queries = {p.id: p.query_picture for p in products if p.has_query}
    write_csv("queries.csv", ["picture", "product_id"], ({"picture": v, "product_id": k} for k, v in queries.items()))
    with open(os.path.join(plan.DEMO, "samples.json"), "w", encoding="utf-8") as file:
        json.dump([{"picture": queries[name], "product_id": name} for name in SAMPLES], file, indent=2)
        file.write("\n")
    write_attribution(products)
    print(f"{len(products)} products, {len(queries)} queries")


if __name__ == "__main__":
    main()
