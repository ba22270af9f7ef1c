"""The tables of docs/benchmarks.md, made of the lines of `nozama bench index --json`. Each line knows the part of the run that it is from."""

GRAPHS = ("hnswlib", "faiss-hnsw", "faiss-hnsw-ids", "usearch-f32", "usearch-bf16", "usearch-i8", "voyager", "scalable-vs-f32", "scalable-vs-lvq8", "scalable-vs-lvq4x8")
RATIO_WANTED = {5_000: 1.0, 50_000: 1.5, 125_000: 1.2}
NOTHING = "*Not measured yet.*"


def ours(line):
    return line["engine"].startswith("nozama")


def good(line):
    return line["recall_at_30"] >= (0.999 if ours(line) else 0.99)


def filter_text(line):
    return "–" if line["filter_kind"] == "none" else f"{100 * line['filter_pass']:g} % {line['filter_kind']}"


def markdown(head, rows):
    if not rows:
        return NOTHING
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def of_part(lines, *parts):
    return [line for line in lines if line["part"] in parts]


def ratio_text(line):
    return f"{line['ratio']:.2f}" if "ratio" in line else ""


def engines(lines):
    """Every engine, at each size and filter the quickest first; one that missed its recall says so."""
    order = sorted(lines, key=lambda line: (line["rows"], line["filter_kind"], line["filter_pass"], not good(line), -line["qps"]))
    rows = []
    for line in order:
        name = f"**{line['engine']}**" if ours(line) else line["engine"]
        recall = f"{line['recall_at_30']:.4f}" + ("" if good(line) else " (missed)")
        rows.append([
            f"{line['rows']:,}", filter_text(line), name, recall, f"{line['qps']:,.0f}", f"{line['p50_us']:,.1f}", f"{line['p99_us']:,.1f}", ratio_text(line),
            f"{line['build_cpu_s']:.1f}", f"{line['bytes_per_row']:,.0f}", f"{line['resident_bytes_per_row']:,.0f}", line["setting"],
        ])
    return markdown(["rows", "filter", "engine", "recall@30", "queries/s", "p50, µs", "p99, µs", "ours / it", "build, CPU s", "file, B/row", "anonymous, B/row", "setting"], rows)


def best_peers(lines, among=None):
    """The peer with its recall that comes nearest to us, each timed in turns with us, by part, size and filter."""
    best = {}
    for line in lines:
        if ours(line) or not good(line) or (among and line["engine"] not in among):
            continue
        key = (line["part"], line["rows"], line["filter_kind"], line["filter_pass"])
        if key not in best or line["ratio"] < best[key]["ratio"]:
            best[key] = line
    return best


def least(lines, among=None):
    """By size: the least of the ratios, over the runs, and the line it is from."""
    result = {}
    for line in best_peers(lines, among).values():
        if line["rows"] not in result or line["ratio"] < result[line["rows"]]["ratio"]:
            result[line["rows"]] = line
    return result


def verdict(claim, wanted, measured, met):
    return [claim, wanted, measured, "yes" if met else "**no**"]


def size_verdicts(lines):
    plain = of_part(lines, "unfiltered", "again")
    for rows, line in sorted(least(plain).items()):
        wanted = RATIO_WANTED.get(rows)
        if wanted:
            recall = min(mine["recall_at_30"] for mine in plain if mine["engine"] == "nozama" and mine["rows"] == rows)
            yield verdict(f"{rows:,} rows, queries/s beside the best peer", f"≥ {wanted} ×, recall ≥ 0.999", f"{line['ratio']:.2f} × {line['engine']}, recall {recall:.4f}", line["ratio"] >= wanted and recall >= 0.999)


def million_verdicts(lines):
    part = of_part(lines, "million")
    mine = next((line for line in part if line["engine"] == "nozama"), None)
    best = next(iter(best_peers(part, GRAPHS).values()), None)
    if not mine or not best:
        return
    yield verdict("a million rows, queries/s beside the best graph", "≥ 1 ×, recall ≥ 0.99", f"{best['ratio']:.2f} × {best['engine']}, recall {mine['recall_at_30']:.4f}", best["ratio"] >= 1 and mine["recall_at_30"] >= 0.99)
    build = mine["build_cpu_s"] / best["build_cpu_s"]
    yield verdict("… processor time to build, as a share of its", "≤ 0.1", f"{build:.3f}", build <= 0.1)
    memory = mine["resident_bytes_per_row"] / best["resident_bytes_per_row"]
    yield verdict("… anonymous memory, as a share of its", "≤ 0.33", f"{memory:.3f}", memory <= 1 / 3)


def filter_verdicts(lines):
    part = of_part(lines, "filtered")
    mine = [line for line in part if line["engine"] == "nozama"]
    if not mine:
        return
    worst = min(mine, key=lambda line: line["recall_at_30"])
    yield verdict("filters at 125,000 rows, recall", "≥ 0.999", f"{worst['recall_at_30']:.4f} at {filter_text(worst)}", worst["recall_at_30"] >= 0.999)
    for among, name, wanted in ((("faiss-flat-ids",), "FAISS Flat", 1), (GRAPHS, "the best graph", 3)):
        best = best_peers(part, among)
        if best:
            line = min(best.values(), key=lambda line: line["ratio"])
            yield verdict(f"… queries/s beside {name}, the worst filter", f"≥ {wanted} ×", f"{line['ratio']:.2f} × {line['engine']} at {filter_text(line)}", line["ratio"] >= wanted)


def large_verdicts(lines):
    for line in of_part(lines, "ten-million"):
        if line["engine"] == "nozama-opened":
            yield verdict(f"{line['rows']:,} rows, p99", "< 10 ms", f"{line['p99_us'] / 1000:.1f} ms", line["p99_us"] < 10_000)
            yield verdict("… first answer, file not in memory", "< 3 s", f"{line['cold_start_s']:.2f} s", line["cold_start_s"] < 3)
            yield verdict("… bytes a picture on disk", "≤ 700", f"{line['bytes_per_row']:.0f}", line["bytes_per_row"] <= 700)


def live(lines):
    rows = [[line["engine"], f"{line['rows']:,}", f"{line['p50_us']:.1f}", f"{line['p99_us']:.1f}", line["setting"]] for line in of_part(lines, "live") if line["engine"] != "nozama"]
    return markdown(["engine", "rows", "p50, µs", "p99, µs", ""], rows)


def live_verdicts(lines):
    part = {(line["engine"], line["rows"]): line for line in of_part(lines, "live")}
    for (engine, rows), line in part.items():
        if engine == "nozama-live" and ("nozama-idle", rows) in part:
            ratio = line["p99_us"] / part["nozama-idle", rows]["p99_us"]
            yield verdict(f"p99 at {rows:,} rows while they change, beside idle", "≤ 1.5 ×", f"{ratio:.2f} ×", ratio <= 1.5)
            yield verdict("… changes that the next search did not see", "0", line["setting"].split(", ")[1].strip(), ", 0 not seen" in line["setting"])


def verdicts(lines):
    rows = [row for made in (size_verdicts, million_verdicts, filter_verdicts, live_verdicts, large_verdicts) for row in made(lines)]
    return markdown(["what it should be", "wanted", "measured (the worst run)", "met"], rows)


def again(lines):
    """How far two runs on other vectors lie apart."""
    rows = {}
    for line in of_part(lines, "unfiltered", "again"):
        if not ours(line):
            rows.setdefault((line["rows"], line["engine"]), {})[line["part"]] = line["ratio"] if good(line) else None
    both = [(key, found) for key, found in sorted(rows.items()) if len(found) == 2 and None not in found.values()]
    return markdown(["rows", "engine", "ours / it", "ours / it, other vectors"], [[f"{rows:,}", engine, f"{found['unfiltered']:.2f}", f"{found['again']:.2f}"] for (rows, engine), found in both])


def opened(lines):
    rows = []
    for line in of_part(lines, "ten-million"):
        if "cold_start_s" in line:
            rows += [
                ["first answer after opening, file not in memory / in memory", f"{line['cold_start_s']:.2f} s / {line['warm_start_s']:.2f} s"],
                ["every query once, file not in memory: p50 / p99", f"{line['cold_p50_us'] / 1000:.2f} / {line['cold_p99_us'] / 1000:.2f} ms"],
                ["every query once, file in memory, just opened: p50 / p99", f"{line['warm_p50_us'] / 1000:.2f} / {line['warm_p99_us'] / 1000:.2f} ms"],
                ["afterwards: p50 / p99, queries/s", f"{line['p50_us'] / 1000:.2f} / {line['p99_us'] / 1000:.2f} ms, {line['qps']:,.0f}"],
                ["recall@30", f"{line['recall_at_30']:.4f}"],
                ["bytes a row in the file", f"{line['bytes_per_row']:.0f}"],
                ["memory of the process: anonymous / of the file", f"{line['resident_bytes_per_row'] * line['rows'] / 1e6:,.0f} / {line['mapped_bytes'] / 1e6:,.0f} MB"],
                ["processor time to build and write", f"{line['build_cpu_s']:,.0f} s"],
            ]
    return markdown([f"{lines_rows(lines):,} rows" if rows else "", "measured"], rows)


def lines_rows(lines):
    return max((line["rows"] for line in of_part(lines, "ten-million")), default=0)


def bytes_table(lines):
    """Of one size, ours and the peers'."""
    part = of_part(lines, "unfiltered")
    largest = max((line["rows"] for line in part), default=0)
    rows = [
        [f"**{line['engine']}**" if ours(line) else line["engine"], f"{line['bytes_per_row']:,.0f}", f"{line['resident_bytes_per_row']:,.0f}", f"{line['peak_bytes'] / 1e6:,.0f}"]
        for line in sorted(part, key=lambda line: line["bytes_per_row"] + line["resident_bytes_per_row"])
        if line["rows"] == largest and line["engine"] in ("nozama", *{peer["engine"] for peer in part if not ours(peer)})
    ]
    return markdown([f"at {largest:,} rows", "file, B/row", "anonymous, B/row", "peak of the process, MB"], rows)


def shop(lines):
    for line in of_part(lines, "shop"):
        return markdown(["of the sample shop", "bytes a picture"], [[name.replace("_", " "), f"{value:,.0f}"] for name, value in line["bytes_a_picture"].items()])
    return NOTHING


def machine(lines):
    """What the lines were taken on and with."""
    rows = sorted({(line["engine"], line["version"]) for line in lines if "version" in line})
    machines = sorted({(line["cpu"], line["flags"]) for line in lines if "cpu" in line})
    if not rows:
        return NOTHING
    texts = [f"{cpu}: {flags}" for cpu, flags in machines] + [f"Generator seeds {', '.join(sorted({str(line['seed']) for line in lines if 'seed' in line}))}."]
    return "\n\n".join([*texts, markdown(["engine", "version"], rows)])


TABLES = {
    "machine": machine,
    "verdicts": verdicts,
    "unfiltered": lambda lines: engines(of_part(lines, "unfiltered")),
    "again": again,
    "avx2": lambda lines: engines(of_part(lines, "avx2")),
    "real": lambda lines: engines(of_part(lines, "real")),
    "million": lambda lines: engines(of_part(lines, "million")),
    "ten-million": opened,
    "live": live,
    "filtered": lambda lines: engines(of_part(lines, "filtered")),
    "filtered-products": lambda lines: engines(of_part(lines, "filtered-products")),
    "bytes": bytes_table,
    "shop": shop,
}
