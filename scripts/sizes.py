#!/usr/bin/env python3
"""Keeps files and functions small: source file 500 lines, header 200, function 60. Tests and what only they use (…_for_test.h) are free."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES, HEADER_LINES, FUNCTION_LINES = 500, 200, 60
# A function's body opens with "{" at the end of a line that starts in column 0 or 2 and closes at the same column.
OPENING = re.compile(r"^(  )?(?!namespace|struct|class|enum|union|}|#|//|extern)(\S.*)\{$")
NOT_FUNCTION = re.compile(r"^\s*(struct|class|enum|union|namespace)\b|=\s*\{$|^\s*(public|private|protected):")


def long_functions(lines):
    start = None
    for number, line in enumerate(lines, 1):
        opening = OPENING.match(line)
        if start is None and opening and "(" in " ".join(lines[max(0, number - 4) : number]) and not NOT_FUNCTION.search(line):
            start, closing = number, (opening[1] or "") + "}"
        elif start is not None and line.startswith(closing) and not line.startswith(closing + " "):
            if number - start + 1 > FUNCTION_LINES:
                yield start, number - start + 1
            start = None


def main():
    faults = []
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".h", ".cpp") or path.stem.endswith("_test"):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        limit = HEADER_LINES if path.suffix == ".h" else FILE_LINES
        name = path.relative_to(ROOT)
        if len(lines) > limit:
            faults.append(f"{name}: {len(lines)} lines; a {'header' if path.suffix == '.h' else 'file'} has at most {limit}: its job has split")
        faults += [f"{name}:{start}: a function of {length} lines; at most {FUNCTION_LINES}" for start, length in long_functions(lines)]
    print("\n".join(faults) if faults else "sizes: every file and function is small")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
