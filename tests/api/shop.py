"""A small shop for the tests: pictures drawn here, imported and trained by the real program, once per run."""
import atexit
import csv
import math
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("NOZAMA_BIN", ROOT / "build/release/nozama"))
MODELS = pathlib.Path(os.environ.get("NOZAMA_MODELS", ROOT / "build/models"))
PRODUCTS_PER_KIND = 12
SIDE = 128


def png(width, height, rgb):
    """PNG of rows of RGB bytes, without any library."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    stride = width * 3
    rows = b"".join(b"\0" + rgb[y * stride : (y + 1) * stride] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")


def png_that_claims(width, height):
    """A few bytes whose header promises a picture of that size."""
    small = bytearray(png(1, 1, b"\0\0\0"))
    small[16:24] = struct.pack(">II", width, height)
    small[29:33] = struct.pack(">I", zlib.crc32(bytes(small[12:29])))
    return bytes(small)


def noise(seed, side=SIDE):
    return png(side, side, random.Random(seed).randbytes(side * side * 3))


def draw(inside, colour, background):
    """A shape on a plain background; `inside` takes coordinates in -1..1."""
    pixels = bytearray()
    for y in range(SIDE):
        for x in range(SIDE):
            shape = inside(2 * x / SIDE - 1, 2 * y / SIDE - 1)
            pixels += bytes(colour if shape else background)
    return png(SIDE, SIDE, bytes(pixels))


def disc(size, turn):
    return lambda x, y: x * x + y * y < size * size


def ring(size, turn):
    return lambda x, y: (size * 0.6) ** 2 < x * x + y * y < size * size


def square(size, turn):
    def inside(x, y):
        u, v = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        return max(abs(u), abs(v)) < size

    return inside


def stripes(size, turn):
    return lambda x, y: math.sin((x * math.cos(turn) + y * math.sin(turn)) * 14 / size) > 0


def checks(size, turn):
    return lambda x, y: (math.floor(x * 4 / size) + math.floor(y * 4 / size)) % 2 == 0


def cross(size, turn):
    return lambda x, y: (abs(x) < size / 4 or abs(y) < size / 4) and max(abs(x), abs(y)) < size


# kind → (shape, category path). The names become slugs. Nobody can tell coins from plates, so that one category is
# never certain.
KINDS = {
    "Plates": (disc, "Tableware > Plates"),
    "Coins": (disc, "Games > Coins"),
    "Rings": (ring, "Jewellery > Rings"),
    "Tiles": (square, "Home > Tiles"),
    "Curtains": (stripes, "Home > Curtains"),
    "Boards": (checks, "Games > Boards"),
    "Crosses": (cross, "Jewellery > Crosses"),
}
PATTERNS = {"Curtains": "striped", "Boards": "checked"}


def product_picture(kind, number):
    dice = random.Random(f"{kind} {number}")
    shape = KINDS[kind][0](dice.uniform(0.55, 0.85), dice.uniform(0, 0.5))
    colour = [dice.randrange(20, 200) for _ in range(3)]
    return draw(shape, colour, [dice.randrange(225, 256)] * 3)


def write_feed(folder):
    """feed.csv with one row a product, two variants of the first plate; pictures beside it."""
    (folder / "pictures").mkdir(parents=True)
    with open(folder / "feed.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow("id variant title title_de description category brand price currency stock rating rating_count picture colour creator url pattern".split())
        for kind, (_, category) in KINDS.items():
            for number in range(PRODUCTS_PER_KIND):
                name = f"{kind.lower()}-{number}"
                (folder / "pictures" / f"{name}.png").write_bytes(product_picture(kind, number))
                row = [name, "", f"{kind} no. {number}", f"{kind} Nr. {number}", "<b>Plain</b> & good", category, "Nozama Tests",
                       f"{10 + number}.50", "EUR", number, "4.5", 3, f"pictures/{name}.png", "red", "A. Tester", f"https://shop.example/{name}", PATTERNS.get(kind, "plain")]
                if name == "plates-0":
                    row[1] = "small"
                writer.writerow(row)
                if name == "plates-0":
                    writer.writerow([name, "large", *row[2:7], "20.00", *row[8:]])
    return folder / "feed.csv"


def run(*arguments, **options):
    return subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


_made = {}


def data_dir():
    """The imported, trained shop. Made at the first call; tests must not change it."""
    if "failure" in _made:
        raise RuntimeError(_made["failure"])
    if "data" not in _made:
        if not PROGRAM.exists():
            raise RuntimeError(f"{PROGRAM} does not exist; build it with ./dev build or set NOZAMA_BIN")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-api-test-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        feed = write_feed(folder / "feed")
        for command in (["import", "--data", folder / "data", "--models", MODELS, feed], ["train", "--data", folder / "data", "--models", MODELS]):
            done = run(*command)
            if done.returncode != 0:
                _made["failure"] = f"nozama {command[0]} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}"
                raise RuntimeError(_made["failure"])
        _made["data"] = folder / "data"
    return _made["data"]
