"""Draws docs/benchmarks/*.svg of the lines of `nozama bench index --json`. Standard library only."""
import math

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


def series_of(lines, x, y):
    series = {}
    for line in lines:
        series.setdefault(line["engine"], []).append((x(line), y(line)))
    return series


def frontier(line):
    """(recall, queries/s) of those settings of a sweep that no other beats in both; what was measured at last is one of them."""
    points = [(recall, 1e6 / us) for recall, us in line.get("sweep", [])] + [(line["recall_at_30"], line["qps"])]
    return [point for point in set(points) if point[0] >= 0.9 and not any(other[0] >= point[0] and other[1] >= point[1] and other != point for other in points)]


def recall_series(lines):
    series = {}
    for line in lines:
        name = "nozama" if line["engine"].startswith("nozama-exact") else line["engine"]
        series.setdefault(name, []).extend(frontier(line))
    return {name: points for name, points in series.items() if points}


def draw_all(lines, folder):
    def draw(name, title, x_name, y_name, series, **options):
        if series:
            (folder / name).write_text(svg(title, x_name, y_name, series, **options), encoding="utf-8")

    cost = lambda line: 1e6 / line["qps"]
    good = [line for line in lines if line.get("recall_at_30", 0) >= 0.99 and line["engine"] not in ("nozama-exact", "nozama-opened")]
    sized = [line for line in good if line["part"] in ("unfiltered", "million", "ten-million")]
    draw("size.svg", "One query at recall@30 of 0.99 or more", "rows", "µs", series_of(sized, lambda line: line["rows"], cost))
    plain = [line for line in lines if line["part"] == "unfiltered"]
    for rows in sorted({line["rows"] for line in plain}):
        draw(f"recall-{rows}.svg", f"{rows:,} rows", "recall@30", "queries/s", recall_series([line for line in plain if line["rows"] == rows]), linear_x=(0.9, 1.0))
    for kind in ("random", "cluster"):
        filtered = [line for line in good if line["part"] == "filtered" and line["filter_kind"] == kind]
        draw(f"filter-{kind}.svg", f"One query under a {kind} filter, recall@30 of 0.99 or more", "share that passes, %", "µs", series_of(filtered, lambda line: 100 * line["filter_pass"], cost))
