"""Runs the real program in a scratch folder, on pictures that are drawn here."""
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("NOZAMA_BIN", ROOT / "build/release/nozama"))
COLOURS = {"red": (200, 30, 30), "green": (20, 160, 60), "blue": (30, 60, 200)}


def png(width, height, rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + rgb[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(seed, side=96):
    """Coloured blocks; another picture for each seed."""
    dice = random.Random(seed)
    cells = [[bytes(dice.randrange(256) for _ in range(3)) for _ in range(6)] for _ in range(6)]
    return png(side, side, b"".join(cells[y * 6 // side][x * 6 // side] for y in range(side) for x in range(side)))


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"

    def run_program(self, *arguments, **options):
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300, cwd=self.folder, **options)

    def import_feed(self, source, data=None):
        return self.run_program("import", "--data", data or self.data, "--json", source)

    def report(self, done):
        """The last line of standard output as JSON."""
        self.assertTrue(done.stdout.strip(), done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def write_feed(self, rows, name="shop.csv", header="id,title,category,price,currency,picture"):
        path = self.folder / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    def write_pictures(self, count, folder="pictures"):
        (self.folder / folder).mkdir(exist_ok=True)
        for number in range(count):
            (self.folder / folder / f"{number}.png").write_bytes(picture(number))

    def plain_shop(self, count):
        self.write_pictures(count)
        return self.write_feed([f"p{n},Thing {n},Group {n % 2},{n + 1}.50,EUR,pictures/{n}.png" for n in range(count)])

    def doctor(self, data=None):
        return self.report(self.run_program("doctor", "--data", data or self.data, "--json"))
