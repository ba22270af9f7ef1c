#!/usr/bin/env python3
"""Everything that docs/benchmarks.md shows.

  ./dev bench report run [--pictures FOLDER] [--parts A,B] [--seed N] [--tiny] [--out DIR]     takes the figures
  ./dev bench report write [--out DIR]                                                         writes docs/benchmarks.md from them

A part is a file DIR/PART.jsonl; one that is there is not taken again: remove it to have it taken again. `--tiny` proves in a few minutes, on
sizes that say nothing, that everything works. Wants a quiet machine with 2 processors and 8 GiB; `ten-million`, which is taken only when
`--parts` names it, 12 GiB of memory and 8 GiB of disk.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import time

import plots
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/benchmarks.md"
LINES = ROOT / "docs/benchmarks/lines.jsonl"
ALL = "scann,faiss,hnswlib,annoy,usearch,voyager,scalable-vs"
BEST = "scann,faiss-pqfs,faiss-ivf,hnswlib"
AVX2 = {"NOZAMA_KERNELS": "avx2", "FAISS_OPT_LEVEL": "avx2"}


class Part:
    def __init__(self, name, runs, minutes, environment=None):
        # runs: lists of arguments of `bench index`; minutes: what to expect on two quiet cores
        self.name, self.runs, self.minutes, self.environment = name, runs, minutes, environment or {}


def index(rows, peers="", threads=1, seconds=120, **others):
    """Arguments of one run. `threads` is for building: every query is one thread's."""
    arguments = ["--rows", rows, "--threads", threads, "--peer-seconds", seconds]
    arguments += ["--peers", peers] if peers else []
    for name, value in others.items():
        arguments += [f"--{name.replace('_', '-')}"] + ([] if value is True else [value])
    return arguments


def parts(options):
    seed, other = options.seed, options.seed + 1
    shares = "0.001,0.01,0.1,0.5"
    return [
        Part("unfiltered", [
            index("5000,50000", ALL, generator_seed=seed, exact=True, batch=True),
            index("125000", ALL, threads=2, generator_seed=seed, exact=True, batch=True),
        ], 19),
        Part("again", [index("5000,50000,125000", BEST, threads=2, seconds=30, generator_seed=other)], 4),
        Part("filtered", [index("125000", "faiss,hnswlib", threads=2, seconds=60, filter_pass=shares, generator_seed=seed)], 5),
        Part("filtered-products", [
            index("50000", "faiss-flat-ids,qdrant-edge,lancedb,pgvector", seconds=90, filter_pass=shares, generator_seed=seed, queries=300, repeats=3),
        ], 5),
        Part("avx2", [index("5000,50000,125000", "scann,faiss-pqfs", threads=2, seconds=30, generator_seed=seed)], 2, AVX2),
        Part("real", [index("100000", BEST + ",faiss-hnsw", threads=2, seconds=60, vectors=options.out / "crops.npy", exact=True)], 4),
        Part("million", [index("1000000", "scann,hnswlib,faiss-hnsw", threads=2, seconds=400, generator_seed=seed, repeats=3, batch=True)], 13),
        Part("live", [index("50000,125000", threads=2, generator_seed=seed, churn="1000", repeats=1)], 2),
        Part("ten-million", [
            index("10000000", generator_seed=seed, repeats=1, keep=options.out / "ten-million"),
            ["--opened", options.out / "ten-million"],
        ], 20),
    ]


TINY = {"5000": "1000", "50000": "2000", "125000": "3000", "5000,50000": "1000,2000", "5000,50000,125000": "1000,2000,3000", "100000": "2000", "1000000": "4000", "10000000": "60000"}


def shrunk(arguments):
    """The same run at sizes that take seconds."""
    arguments = [TINY.get(argument, argument) for argument in arguments]
    return arguments + (["--queries", "100"] if "--rows" in arguments and "--queries" not in arguments else [])


def measure(options, part):
    lines = []
    for arguments in part.runs:
        arguments = [str(argument) for argument in arguments]
        arguments = shrunk(arguments) if options.tiny else arguments
        print(f"    bench index {' '.join(arguments)}", file=sys.stderr)
        done = subprocess.run([options.program, *arguments, "--json"], cwd=ROOT, env=os.environ | part.environment, stdout=subprocess.PIPE, text=True, check=True)
        seed = arguments[arguments.index("--generator-seed") + 1] if "--generator-seed" in arguments else None
        lines += [{"part": part.name, **({"seed": int(seed)} if seed else {}), **json.loads(line)} for line in done.stdout.splitlines()]
    return lines


def make_crops(options):
    """Embeddings of crops of photographs: no timing, and kept."""
    path = options.out / "crops.npy"
    if path.exists():
        return True
    if not options.pictures:
        print("    left out: --pictures names no folder of photographs", file=sys.stderr)
        return False
    crops = 1 if options.tiny else 34
    temporary = options.out / "crops.part.npy"
    subprocess.run([options.nozama, "bench", "embeddings", "--pictures", options.pictures, "--crops", str(crops), "--out", temporary, "--models", ROOT / "build/models"], check=True)
    temporary.rename(path)
    return True


def shop_line(data):
    """What each picture of a shop takes on disk, wherever it lies."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'catalogue.db'}?mode=ro", uri=True)) as database:
        pictures, vectors = database.execute("select count(*), sum(length(vector)) from embedding").fetchone()
    size = lambda path: sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    sizes = {
        "index file": (data / "index.nzi").stat().st_size,
        "embeddings in the database": vectors,
        "rest of the database": (data / "catalogue.db").stat().st_size - vectors,
        "thumbnails": size(data / "thumbnails"),
        "originals": size(data / "pictures"),
    }
    return {"part": "shop", "pictures": pictures, "bytes_a_picture": {name: round(value / pictures) for name, value in sizes.items()}}


def take(options, name, work):
    path = options.out / f"{name}.jsonl"
    if path.exists():
        print(f"==> {name}: is there ({path})", file=sys.stderr)
        return
    start = time.monotonic()
    lines = work()
    if lines:
        path.with_suffix(".part").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        path.with_suffix(".part").rename(path)
    print(f"    {name}: {(time.monotonic() - start) / 60:.1f} min", file=sys.stderr)


def run(options):
    options.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    wanted = options.parts.split(",") if options.parts else None
    known = {part.name for part in parts(options)} | {"shop"}
    if wanted and not set(wanted) <= known:
        sys.exit(f"report: there is no part {', '.join(sorted(set(wanted) - known))}; there are {', '.join(sorted(known))}")
    if not wanted or "shop" in wanted:
        take(options, "shop", lambda: [shop_line(options.shop)] if (options.shop / "catalogue.db").exists() else print(f"    left out: no shop in {options.shop}", file=sys.stderr))
    for part in parts(options):
        if part.name not in (wanted or known - {"ten-million"}):
            continue
        print(f"==> {part.name}, about {part.minutes} min", file=sys.stderr)
        if part.name != "real" or make_crops(options):
            take(options, part.name, lambda: measure(options, part))
    print(f"all parts: {(time.monotonic() - start) / 60:.1f} min; ./dev bench report write --out {options.out}", file=sys.stderr)


def read_lines(folder):
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def with_tables(page, lines):
    """The page with what stands between its marks made of the lines. A mark without a table, or the reverse, is an error."""

    def table(match):
        return f"<!-- table: {match[1]} -->\n{tables.TABLES[match[1]](lines)}\n<!-- end -->"

    if set(re.findall("<!-- table: ([a-z0-9-]+) -->", page)) != set(tables.TABLES):
        sys.exit("report: the page and bench/index/tables.py have not the same tables")
    return re.sub("<!-- table: ([a-z0-9-]+) -->\n.*?<!-- end -->", table, page, flags=re.DOTALL)


def write(options):
    lines = read_lines(options.out)
    if not lines:
        sys.exit(f"report: {options.out} has no lines; first: ./dev bench report run")
    LINES.parent.mkdir(parents=True, exist_ok=True)
    LINES.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    plots.draw_all(lines, LINES.parent)
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")
    print(f"{len(lines)} lines → {PAGE}, {LINES}, {LINES.parent}/*.svg", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "write"])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench-report")
    parser.add_argument("--parts", default="", help="only these [all but ten-million]")
    parser.add_argument("--seed", type=int, default=71, help="of the made vectors; the part `again` takes the next [71; settings were chosen on 1 to 12]")
    parser.add_argument("--pictures", type=pathlib.Path, help="a folder of photographs for the part `real`")
    parser.add_argument("--shop", type=pathlib.Path, default=ROOT / "build/demo-data", help="the data of a shop, for its bytes")
    parser.add_argument("--tiny", action="store_true", help="every part at a size that takes seconds")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/bench/bench/bench_index")
    parser.add_argument("--nozama", type=pathlib.Path, default=ROOT / "build/bench/nozama")
    options = parser.parse_args()
    options.out, options.program = options.out.resolve(), options.program.resolve()
    run(options) if options.command == "run" else write(options)


if __name__ == "__main__":
    main()
