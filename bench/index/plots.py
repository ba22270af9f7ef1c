#!/usr/bin/env python3
"""Draws docs/benchmarks/*.svg and prints Markdown tables from the lines of `nozama bench index --json`.

usage: plots.py LINES.jsonl... [--out DIR]

Three plots: cost against size (unfiltered lines), cost against a filter's share (lines with a filter), recall against queries a
second (one point a line). Standard library only.
"""
import argparse
import json
import math
import pathlib

COLOURS = ("#0b6e4f", "#b3261e", "#1f5fa8", "#8a5a00", "#6b3fa0", "#00788a", "#a0346e", "#4f5b66", "#5f7a00", "#c0561f")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 190, 30, 50


def log_axis(numbers):
    low, high = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    return low, max(high, low + 1)


def tick_text(power):
    value = 10.0**power
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def svg(title, x_name, y_name, series, linear_x=None):
    """series: {name: [(x, y)]}; both axes logarithmic, unless linear_x = (low, high)."""
    points = [point for line in series.values() for point in line]
    y_low, y_high = log_axis([y for _, y in points])
    x_low, x_high = linear_x or log_axis([x for x, _ in points])

    def place_x(x):
        value = x if linear_x else math.log10(x)
        return LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def place_y(y):
        return HEIGHT - BOTTOM - (math.log10(y) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><text x="{LEFT}" y="18" font-size="14">{title}</text>',
    ]
    for power in range(y_low, y_high + 1):
        y = place_y(10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick_text(power)}</text>')
    ticks = [x_low + (x_high - x_low) * i / 4 for i in range(5)] if linear_x else range(x_low, x_high + 1)
    for tick in ticks:
        x = place_x(tick if linear_x else 10.0**tick)
        text = f"{tick:.3f}" if linear_x else tick_text(tick)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eee"/><text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_name}</text>')
    parts.append(f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{y_name}</text>')
    for number, (name, line) in enumerate(sorted(series.items(), key=lambda item: (not item[0].startswith("nozama"), item[0]))):
        colour = COLOURS[number % len(COLOURS)]
        width = 3 if name.startswith("nozama") else 1.5
        placed = [(place_x(x), place_y(y)) for x, y in sorted(line)]
        if len(placed) > 1:
            parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="{width}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 1}" fill="{colour}"/>' for x, y in placed]
        y = TOP + 14 + 18 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 9}" width="12" height="9" fill="{colour}"/><text x="{WIDTH - RIGHT + 32}" y="{y}">{name}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def table(lines):
    head = "| engine | rows | filter | recall@30 | queries/s | p50, µs | p99, µs | ours / it | build, CPU s | B/row, file | B/row, anonymous | setting |"
    rows = [head, "|" + "---|" * (head.count("|") - 1)]
    for line in lines:
        passing = "–" if line["filter_kind"] == "none" else f"{line['filter_kind']} {100 * line['filter_pass']:g} %"
        ratio = f"{line['ratio']:.2f}" if "ratio" in line else ""
        rows.append(
            f"| {line['engine']} | {line['rows']:,} | {passing} | {line['recall_at_30']:.4f} | {line['qps']:,.0f} | {line['p50_us']:.1f} | {line['p99_us']:.1f} | {ratio} "
            f"| {line['build_cpu_s']:.2f} | {line['bytes_per_row']:.0f} | {line['resident_bytes_per_row']:.0f} | {line['setting']} |"
        )
    return "\n".join(rows)


def series_of(lines, x, y):
    series = {}
    for line in lines:
        series.setdefault(line["engine"], []).append((x(line), y(line)))
    return series


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("docs/benchmarks"))
    arguments = parser.parse_args()
    lines = [json.loads(text) for path in arguments.lines for text in path.read_text(encoding="utf-8").splitlines()]
    arguments.out.mkdir(parents=True, exist_ok=True)

    def draw(name, *parts, **options):
        if parts[3]:
            (arguments.out / name).write_text(svg(*parts, **options), encoding="utf-8")

    plain = [line for line in lines if line["filter_kind"] == "none"]
    cost = lambda line: 1e6 / line["qps"]
    good = [line for line in plain if line["recall_at_30"] >= 0.99]
    draw("size.svg", "One query at recall@30 of 0.99 or more, one thread", "rows", "µs", series_of(good, lambda line: line["rows"], cost))
    if plain:
        largest = max(line["rows"] for line in plain)
        shown = [line for line in plain if line["rows"] == largest and line["recall_at_30"] >= 0.9]
        draw("recall.svg", f"{largest:,} rows: each engine at its best setting", "recall@30", "queries/s", series_of(shown, lambda line: line["recall_at_30"], lambda line: line["qps"]), linear_x=(0.9, 1.0))
    for kind in ("random", "cluster"):
        filtered = [line for line in lines if line["filter_kind"] == kind and line["recall_at_30"] >= 0.99]
        draw(f"filter-{kind}.svg", f"One query under a {kind} filter, recall@30 of 0.99 or more", "share that passes, %", "µs", series_of(filtered, lambda line: 100 * line["filter_pass"], cost))
    print(table(lines))


if __name__ == "__main__":
    main()
