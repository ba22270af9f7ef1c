"""Colours and materials: their words in five languages, and which of them a model may also be had in."""

import re
import zlib

# Words in the order en, de, fr, es, ja.
MATERIALS = {
    "wood": ("wood", "Holz", "bois", "madera", "木製"),
    "fabric": ("fabric", "Stoff", "tissu", "tela", "布製"),
    "leather": ("leather", "Leder", "cuir", "cuero", "革製"),
    "metal": ("metal", "Metall", "métal", "metal", "金属製"),
    "plastic": ("plastic", "Kunststoff", "plastique", "plástico", "樹脂製"),
    "ceramic": ("ceramic", "Keramik", "céramique", "cerámica", "陶器"),
    "glass": ("glass", "Glas", "verre", "vidrio", "ガラス製"),
    "stone": ("stone", "Stein", "pierre", "piedra", "石製"),
    "paper": ("paper", "Papier", "papier", "papel", "紙製"),
    "rattan": ("rattan", "Rattan", "rotin", "ratán", "ラタン製"),
    "plant": ("plant", "Pflanze", "végétal", "vegetal", "植物"),
}

# key: (sRGB, words)
COLOURS = {
    "white": ("#f4f4f2", ("white", "weiß", "blanc", "blanco", "ホワイト")),
    "cream": ("#e9dfc6", ("cream", "creme", "crème", "crema", "クリーム")),
    "sand": ("#c9b694", ("sand", "sandfarben", "sable", "arena", "サンド")),
    "light-grey": ("#c2c4c6", ("light grey", "hellgrau", "gris clair", "gris claro", "ライトグレー")),
    "grey": ("#8b8d90", ("grey", "grau", "gris", "gris", "グレー")),
    "graphite": ("#4b4e53", ("graphite", "graphit", "graphite", "grafito", "グラファイト")),
    "black": ("#26272a", ("black", "schwarz", "noir", "negro", "ブラック")),
    "oak": ("#c49a62", ("oak", "Eiche", "chêne", "roble", "オーク")),
    "cherry": ("#94502e", ("cherry", "Kirsche", "merisier", "cerezo", "チェリー")),
    "walnut": ("#65432d", ("walnut", "Nussbaum", "noyer", "nogal", "ウォールナット")),
    "brown": ("#6b4a33", ("brown", "braun", "marron", "marrón", "ブラウン")),
    "cognac": ("#9d5f31", ("cognac", "cognac", "cognac", "coñac", "コニャック")),
    "red": ("#b3302a", ("red", "rot", "rouge", "rojo", "レッド")),
    "burgundy": ("#6e2536", ("burgundy", "bordeaux", "bordeaux", "burdeos", "バーガンディ")),
    "terracotta": ("#b35f42", ("terracotta", "terrakotta", "terre cuite", "terracota", "テラコッタ")),
    "orange": ("#d9782d", ("orange", "orange", "orange", "naranja", "オレンジ")),
    "mustard": ("#c49a34", ("mustard", "senfgelb", "moutarde", "mostaza", "マスタード")),
    "yellow": ("#e0c03a", ("yellow", "gelb", "jaune", "amarillo", "イエロー")),
    "light-green": ("#9cc24e", ("light green", "hellgrün", "vert clair", "verde claro", "ライトグリーン")),
    "sage": ("#8f9e7e", ("sage", "salbeigrün", "vert sauge", "verde salvia", "セージ")),
    "green": ("#3f7a3f", ("green", "grün", "vert", "verde", "グリーン")),
    "dark-green": ("#284a2e", ("dark green", "dunkelgrün", "vert foncé", "verde oscuro", "ダークグリーン")),
    "teal": ("#2f6c70", ("teal", "petrol", "bleu canard", "azul petróleo", "ティール")),
    "light-blue": ("#8fb4cf", ("light blue", "hellblau", "bleu clair", "azul claro", "ライトブルー")),
    "blue": ("#2f5f9f", ("blue", "blau", "bleu", "azul", "ブルー")),
    "navy": ("#2b3c5c", ("navy", "marineblau", "bleu marine", "azul marino", "ネイビー")),
    "lilac": ("#a593bb", ("lilac", "flieder", "lilas", "lila", "ライラック")),
    "pink": ("#dc6a9c", ("pink", "pink", "rose", "rosa", "ピンク")),
    "brass": ("#b8944f", ("brass", "messing", "laiton", "latón", "真鍮色")),
    "copper": ("#b06f48", ("copper", "kupfer", "cuivre", "cobre", "銅色")),
    "steel": ("#b4b6b9", ("stainless steel", "Edelstahl", "inox", "acero inoxidable", "ステンレス")),
}

# What a family of things is usually sold in.
FAMILIES = {
    "fabric": ("sand", "graphite", "sage", "navy", "terracotta", "teal", "light-grey", "burgundy", "mustard"),
    "leather": ("cognac", "black", "cream", "brown", "burgundy"),
    "wood": ("oak", "walnut", "white", "black", "cherry", "grey"),
    "metal": ("black", "white", "brass", "steel", "copper"),
    "plastic": ("white", "black", "red", "teal", "grey", "mustard", "blue"),
    "ceramic": ("white", "terracotta", "sage", "navy", "graphite", "cream"),
    "sanitary": ("sand", "graphite", "sage"),
    "kitchen": ("white", "graphite", "sage", "navy", "oak", "cream"),
    "appliance": ("white", "black", "steel", "cream", "red"),
    "electronics": ("black", "light-grey", "white"),
    "glass": (),
    "stone": ("sand", "grey"),
    "paper": (),
    "rattan": ("sand", "graphite", "brown"),
    "plant": (),
}
_FINISH = {"brass": (0.85, 0.3), "copper": (0.85, 0.32), "steel": (0.7, 0.34)}

# Group → (material when the model's own names tell nothing, family whatever the material, or None: by material).
GROUPS = {
    "Sofas": ("fabric", None), "Armchairs": ("fabric", None), "Decoration": ("ceramic", None),
    "House plants": ("plant", "plant"), "Electronics": ("plastic", "electronics"),
    "Cabinets and shelves": ("wood", None), "Chairs and stools": ("wood", None), "Tables": ("wood", None),
    "Desks": ("wood", None), "Beds": ("fabric", None), "Clothing and accessories": ("fabric", None),
    "Lamps": ("metal", None), "Fitted kitchen": ("wood", "kitchen"), "Kitchen appliances": ("metal", "appliance"),
    "Kitchenware": ("ceramic", None), "Bathroom fixtures": ("ceramic", "sanitary"),
    "Bathroom accessories": ("plastic", None), "Heating, cooling and safety": ("metal", "appliance"),
    "Tools and boxes": ("plastic", None), "Garden furniture": ("wood", None), "Trees and hedges": ("plant", "plant"),
    "Play, pools and garden ornaments": ("plastic", None), "Sports, toys and music": ("plastic", None),
}
# A texture of these is a grain that may be tinted; any other may be a print that must stay as it is.
_GRAIN = {"wood", "fabric", "leather", "rattan"}
_PRINTED_GROUPS = {"Decoration", "Clothing and accessories", "Tools and boxes", "Sports, toys and music",
                   "Play, pools and garden ornaments", "Electronics", "Kitchen appliances", "Kitchenware",
                   "Heating, cooling and safety", "Bathroom accessories"}

_WORDS = [
    ("rattan", r"rattan|wicker|basket"),
    ("leather", r"leather|cuir|cuero|skin"),
    ("glass", r"glass|vidrio|cristal"),
    ("wood", r"wood|fusta|madera|oak|pine\b|teak|theca|alder|pear|board|mdf|walnut|mahog|cherry|ash\b|tabletop|bed_venge"),
    ("fabric", r"fabric|cloth|tela|textil|cushion|matress|mattress|couch|velvet|toalla|towel|curtain|sheet|sack|pillow"),
    ("ceramic", r"ceramic|porcel|fayence|crockery|mutt pot"),
    ("stone", r"stone|marm|granit|concrete"),
    ("paper", r"paper|cardboard|\bbook\b"),
    ("plastic", r"plasti|rubber|vinyl|pvc"),
    ("metal", r"metal|alu|chrom|steel|inox|iron|brass|silver|negro_lampara"),
]


def _lab(hex_colour):
    c = [int(hex_colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in c)
    xyz = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b,
           (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(a, b):
    """CIE Lab distance of two #rrggbb colours."""
    return sum((p - q) ** 2 for p, q in zip(_lab(a), _lab(b))) ** 0.5


def material_of(group, name, material_names):
    """The material a shopper would name, from the product's name, its 3D materials' names, or its group."""
    for text in (name.lower(), material_names.lower()):
        for material, pattern in _WORDS:
            if re.search(pattern, text) and GROUPS[group][0] != "plant":
                return material
    return GROUPS[group][0]


def colour_of(rgb, material):
    """Key of the nearest named colour; names of woods only for wood, of metals only for metal."""
    woods, metals = ("oak", "cherry", "walnut"), ("brass", "copper", "steel")
    allowed = [k for k in COLOURS if (k not in woods or material == "wood") and (k not in metals or material == "metal")
               and (k != "cognac" or material == "leather") and (k not in ("brown", "terracotta") or material != "wood")]
    return min(allowed, key=lambda k: distance(rgb, COLOURS[k][0]))


def variants(product_id, group, material, rgb, share, textured, count=2):
    """Keys of at most `count` further colours, chosen by the product's id, each clearly unlike the original and the rest."""
    family = FAMILIES[GROUPS[group][1] or material]
    if share < 0.35 or not family or (textured and (material not in _GRAIN or group in _PRINTED_GROUPS)):
        return []
    start = zlib.crc32(product_id.encode()) % len(family)
    chosen = []
    for key in family[start:] + family[:start]:
        others = [rgb] + [COLOURS[k][0] for k in chosen]
        if len(chosen) < count and all(distance(COLOURS[key][0], o) > 24 for o in others):
            chosen.append(key)
    return chosen


def paint(key):
    """What render.py needs to know of a colour."""
    metallic, roughness = _FINISH.get(key, (0.0, None))
    return {"rgb": COLOURS[key][0], "metallic": metallic, "roughness": roughness}
