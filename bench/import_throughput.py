#!/usr/bin/env python3
"""How much of the encoder's own speed an import reaches, and one whole query beside one inference.

  bench/import_throughput.py [FOLDER] [--pictures N] [--rounds N] [--precision P]

Imports N pictures of FOLDER (class/picture; without one, the sample shop's) and runs OpenVINO's benchmark_app on the same
bundle in the same precision, turn by turn, and prints ratios. CPU time is told beside time by the clock: it is the same
when other programs share the machine. Both leave out starting up, which the difference between a short and a long run shows.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = pathlib.Path(os.environ.get("NOZAMA_BIN", ROOT / "build/bench/nozama"))
ENGINE_BENCH = pathlib.Path(os.environ.get("NOZAMA_ENGINE_BENCH", ROOT / "build/bench/bench/engine_bench"))
MODELS = pathlib.Path(os.environ.get("NOZAMA_MODELS", ROOT / "build/models"))
PEER = ROOT / "build/venv/bin/benchmark_app"
KINDS = {".jpg", ".jpeg", ".png", ".webp"}


class Run:
    """A program that has ended: its output, CPU seconds and peak memory."""

    def __init__(self, arguments, environment=None):
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen([str(a) for a in arguments], stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.output = output.read().decode(errors="replace")
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_mib = usage.ru_maxrss / 1024
        if child.returncode != 0:
            raise SystemExit(f"{arguments[0]} failed ({child.returncode}):\n{self.output[-3000:]}")


def gather(folder, count, target):
    """Copies `count` pictures into target/class; when there are fewer, again with bytes appended, which decoders pass over."""
    pictures = sorted(p for p in folder.rglob("*") if p.suffix.lower() in KINDS)
    if not pictures:
        raise SystemExit(f"there are no pictures in {folder}")
    for number in range(count):
        source = pictures[number * max(1, len(pictures) // count) % len(pictures)] if count <= len(pictures) else pictures[number % len(pictures)]
        place = target / source.parent.name
        place.mkdir(parents=True, exist_ok=True)
        turn = number // len(pictures)
        (place / f"{number}{source.suffix}").write_bytes(source.read_bytes() + (f"copy {turn}".encode() if turn else b""))


class Bench:
    def __init__(self, options, scratch):
        self.options, self.scratch, self.imports = options, scratch, 0
        self.bundle, self.precision = options.bundle, options.precision

    def import_shop(self, feed):
        data = self.scratch / f"data{self.imports}"
        self.imports += 1
        cache = self.scratch / "model-cache"
        if cache.exists():
            shutil.copytree(cache, data / "model-cache")
        run = Run([PROGRAM, "import", feed, "--data", data, "--models", MODELS, "--bundle", self.bundle, "--precision", self.precision, "--json", "--log-level", "off"])
        report = json.loads([line for line in run.output.splitlines() if line.startswith("{")][-1])
        if not cache.exists():
            shutil.copytree(data / "model-cache", cache)
        return data, run, report

    def peer(self, seconds, hint):
        manifest = json.loads((MODELS / self.bundle / "manifest.json").read_text())
        variants = {v["precision"]: v for v in manifest.get("variants", [])}
        model = variants.get(self.precision, manifest)["model"]
        arguments = [PEER, "-m", MODELS / self.bundle / model, "-d", "CPU", "-hint", hint, "-t", seconds]
        arguments += ["-infer_precision", "bf16" if self.precision == "bf16" else "f32"]
        if hint == "none":
            arguments += ["-api", "sync", "-nstreams", "1", "-nthreads", "1"]
        run = Run(arguments)
        number = lambda pattern: float(re.search(pattern, run.output).group(1))
        return run, number(r"Count:\s+(\d+)"), number(r"Throughput:\s+([\d.]+)"), number(r"Median:\s+([\d.]+)")

    def throughput(self):
        small, large = self.scratch / "small", self.scratch / "large"
        gather(self.options.folder, min(1024, self.options.pictures // 2), small)  # enough for a projection to be learned, as from the large one
        gather(self.options.folder, self.options.pictures, large)
        _, short_import, first = self.import_shop(small)
        if self.precision == "auto":
            self.precision = first["encoder"].split("/")[1]
            _, short_import, first = self.import_shop(small)
        short_peer, short_count, _, _ = self.peer(1, "throughput")
        rows = []
        for _ in range(self.options.rounds):
            peer, count, fps, _ = self.peer(self.options.seconds, "throughput")
            data, run, report = self.import_shop(large)
            peer_ms = 1000 * (peer.cpu_seconds - short_peer.cpu_seconds) / (count - short_count)
            import_ms = 1000 * (run.cpu_seconds - short_import.cpu_seconds) / (report["pictures_embedded"] - first["pictures_embedded"])
            rows.append((fps, report["pictures_embedded"] / report["seconds"], peer_ms, import_ms, run.peak_mib))
            print(f"  benchmark_app {fps:6.1f} /s, {peer_ms:.2f} ms CPU each; import {rows[-1][1]:6.1f} /s, {import_ms:.2f} ms CPU each; peak {run.peak_mib:.0f} MiB", flush=True)
        middle = lambda column: statistics.median(row[column] for row in rows)
        print(f"{self.bundle}/{self.precision}, {self.options.pictures} pictures, median of {len(rows)}:")
        print(f"  import / benchmark_app by the clock   {middle(1) / middle(0):.3f}")
        print(f"  import / benchmark_app in CPU time    {middle(2) / middle(3):.3f}")
        return data

    def queries(self, data):
        """A photo a thread, as in `nozama serve`, beside benchmark_app on one thread, turn by turn."""
        photo = next(p for p in sorted(self.options.folder.rglob("*")) if p.suffix.lower() in KINDS)
        environment = {"NOZAMA_DATA": str(data), "NOZAMA_MODELS": str(MODELS), "NOZAMA_PHOTO": str(photo)}
        answers = self.scratch / "queries.json"
        short_peer, short_count, _, _ = self.peer(1, "none")
        inferences, queries, ratios = [], {}, {}
        for _ in range(self.options.rounds):
            peer, count, _, inference = self.peer(5, "none")
            inference_cpu = 1000 * (peer.cpu_seconds - short_peer.cpu_seconds) / (count - short_count)
            inferences.append((inference, inference_cpu))
            Run([ENGINE_BENCH, f"--benchmark_out={answers}", "--benchmark_min_time=3"], environment)
            for result in json.loads(answers.read_text())["benchmarks"]:
                name = result["name"].split("/")[0]
                queries.setdefault(name, []).append(result)
                ratios.setdefault(name, []).append((result["real_time"] / inference, result["cpu_time"] / inference_cpu))
        middle = lambda values: statistics.median(values)
        print(f"one inference on one thread (benchmark_app): {middle(i[0] for i in inferences):.2f} ms by the clock, {middle(i[1] for i in inferences):.2f} ms CPU; one whole query:")
        for name, results in queries.items():
            clock, cpu = (middle(r[i] for r in ratios[name]) for i in (0, 1))
            parts = ", ".join(f"{key[:-3]} {middle(r[key] for r in results):.2f}" for key in ("decode_ms", "encode_ms", "search_ms", "rank_ms") if key in results[0])
            print(f"  {name:26} {middle(r['real_time'] for r in results):7.2f} ms  × {clock:.3f} by the clock, × {cpu:.3f} CPU  {parts}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "demo/pictures")
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15, help="of benchmark_app, each round")
    parser.add_argument("--bundle", default="efficientnet-lite1")
    parser.add_argument("--precision", default="auto", help="auto, f32, bf16 or int8")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nozama-bench-") as scratch:
        bench = Bench(options, pathlib.Path(scratch))
        bench.queries(bench.throughput())


main()
