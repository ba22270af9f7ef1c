#!/usr/bin/env python3
"""docs/features.tsv + the tests' tags → docs/features.md. A tag is a comment line directly above a test, with the ids of the
rows that the test proves: `// features: A1 C5` or `# features: A1`. --check: exit 1 when the page is stale or a tag is unknown."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/features.md"
TAG = re.compile(r"^\s*(?://|#)\s*features:\s*([A-J]\d+(?:[ ,]+[A-J]\d+)*)\s*$")
NAMES = (
    re.compile(r"TEST(?:_P|_F)?\(\s*(\w+),\s*(\w+)\s*\)"),
    re.compile(r"def (test_\w+)"),
    re.compile(r"""(?:test|it)\(\s*(['"`])(.+?)\1"""),
)
WHERE = ("src/**/*_test.cpp", "tests/**/*.py", "tests/**/*.ts", "web/src/**/*.test.ts", "demo/check.py")


def test_name(line):
    for pattern in NAMES:
        found = pattern.search(line)
        if found:
            return f"{found[1]}.{found[2]}" if pattern is NAMES[0] else found[found.re.groups]
    return None


def collect(root):
    """feature id → [(file, test)], and complaints."""
    proofs, complaints = {}, []
    files = sorted({path for pattern in WHERE for path in root.glob(pattern) if "node_modules" not in path.parts})
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            tag = TAG.match(line)
            if not tag:
                continue
            name = next(filter(None, map(test_name, lines[number + 1 : number + 4])), None)
            if name is None:
                complaints.append(f"{path.relative_to(root)}:{number + 1}: no test follows this tag")
                continue
            for feature in re.findall(r"[A-J]\d+", tag[1]):
                proofs.setdefault(feature, []).append((path.relative_to(root).as_posix(), name))
    return proofs, complaints


def render(rows, proofs):
    text = "# Features and the tests that prove them\n\nMade by `scripts/features.py` from `docs/features.tsv` and the tags of the tests; do not edit.\n"
    proven = sum(1 for row in rows if row[0] in proofs)
    text += f"{proven} of {len(rows)} promised rows have a test so far.\n\n| # | feature | promise | proven by |\n|---|---|---|---|\n"
    for feature, name, promise in rows:
        tests = "<br>".join(f"`{file}`: {test}" for file, test in proofs.get(feature, [])) or "not yet"
        text += f"| {feature} | {name} | {promise} | {tests.replace('|', '/')} |\n"
    return text


def main():
    rows = [line.split("\t") for line in (ROOT / "docs/features.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    proofs, complaints = collect(ROOT)
    complaints += [f"the tag {feature} names no row of docs/features.tsv" for feature in sorted(set(proofs) - {row[0] for row in rows})]
    page = render(rows, proofs)
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            complaints.append("docs/features.md is stale: run scripts/features.py")
    else:
        PAGE.write_text(page, encoding="utf-8")
    print("\n".join(complaints) if complaints else "features: every tag is known and the page is fresh")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
