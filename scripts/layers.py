#!/usr/bin/env python3
"""Refuses includes that point upwards or sideways between the modules of src/ (cmake/layers.txt), and third-party headers
outside the module that adapts them. Exit 1 with one line a fault."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
# Header prefix → modules that may include it.
ADAPTERS = {
    "curl/": {"net"},
    "boost/asio": {"server"},
    "boost/beast": {"server"},
    "boost/json": {"server", "model", "feeds", "engine", "bench"},
    "openvino/": {"model"},
    "sqlite3.h": {"catalog"},
    "jpeglib.h": {"image"},
    "png.h": {"image"},
    "gif_lib.h": {"image"},
    "webp/": {"image"},
    "spdlog/": {"base"},
    "sodium.h": {"base", "model"},
    "openssl/": {"base", "model", "server"},
    "toml++/": {"config"},
    "CLI/": {"cli"},
    "prometheus/": {"server"},
    "Eigen/": {"index", "train"},
}


def read_layers(text):
    """(module → layer number, set of allowed (from, to) inside a layer)"""
    level, allowed, number = {}, set(), 0
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        modules, _, exceptions = line.partition("->")
        for module in modules.split():
            level[module] = number
        for pair in exceptions.split():
            allowed.add(tuple(pair.split(":")))
        number += 1
    return level, allowed


def fault_of(module, quote, target, level, allowed):
    """Why this include is refused, or None."""
    if quote == "<" or target.split("/")[0] not in level:
        for prefix, modules in ADAPTERS.items():
            if target.startswith(prefix) and module not in modules:
                return f"{target} belongs to {', '.join(sorted(modules))}"
        return None
    other = target.split("/")[0]
    if other == module or level[other] < level[module] or (module, other) in allowed:
        return None
    way = "up" if level[other] > level[module] else "sideways"
    return f"{module} may not include {target}: it points {way}"


def check(source_dir, level, allowed):
    faults = []
    for path in sorted(source_dir.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        module = path.relative_to(source_dir).parts[0]
        if module not in level:
            faults.append(f"{path}: the module {module} is not in cmake/layers.txt")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            fault = found and fault_of(module, found[1], found[2], level, allowed)
            if fault:
                faults.append(f"{path.relative_to(source_dir.parent)}:{number}: {fault}")
    return faults


def main():
    level, allowed = read_layers((ROOT / "cmake/layers.txt").read_text(encoding="utf-8"))
    faults = check(ROOT / "src", level, allowed)
    print("\n".join(faults) if faults else "layers: every include points downwards")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
