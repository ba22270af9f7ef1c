"""One run, side by side: the first system's way (first_system.py) and `nozama serve`, on the same photographs.

The systems take turns, photo by photo for the latency and round by round for the throughput, so that whatever else the
machine does disturbs them alike.
"""
import argparse
import collections
import csv
import http.client
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATEGORIES = 8
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif"}
MEBIBYTE = 1 << 20
PASSES = {"first system": "predict", "first system, tf.function": "function"}
OURS = "nozama"


def photographs(folder, most):
    """Evenly over the folder and its classes, so that a few stand for all."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not found:
        sys.exit(f"{folder}: there is no photograph in it\n  remedy: give a folder of JPEG, PNG or WebP files")
    return [str(path) for path in found[:: max(1, len(found) // most)][:most]]


def write_feed(path, rows):
    """`rows` products in each of the sample shop's eight largest categories; its pictures return as often as is needed."""
    pictures = collections.defaultdict(list)
    with open(ROOT / "demo/catalogue.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pictures[row["category"].split(" > ")[0]].append(ROOT / "demo" / row["picture"])
    largest = sorted(pictures, key=lambda name: (-len(pictures[name]), name))[:CATEGORIES]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "category", "picture"])
        for category in largest:
            for number in range(rows):
                writer.writerow([f"{category}-{number}", f"{category} {number}", category, pictures[category][number % len(pictures[category])]])


class FirstSystem:
    def __init__(self, python, folder, passes):
        command = [python, pathlib.Path(__file__).with_name("first_system.py"), "answer", folder, "--passes", passes]
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def answer_many(self, photos, clients):
        self.process.stdin.write(json.dumps({"photos": photos, "clients": clients}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the first system ended without an answer\n  remedy: run first_system.py answer by hand and read what it says")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


class Nozama:
    def __init__(self, program, data, models):
        command = [program, "serve", "--data", data, "--models", models, "--listen", "127.0.0.1:0", "--log-level", "error"]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self._port = int(found.group(1))
                return
        sys.exit(f"nozama serve ended with {self.process.wait()} before it listened")

    def _ask(self, connection, path):
        """Uploads the photograph over HTTP and waits for the last byte of the answer: milliseconds, number of results."""
        boundary = uuid.uuid4().hex
        fields = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {"limit": 30, "min_score": 0, "collapse": "false"}.items()
        )
        photo = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="photo"\r\n\r\n'.encode()
        started = time.perf_counter()
        body = fields.encode() + photo + pathlib.Path(path).read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        connection.request("POST", "/api/v1/search", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        response = connection.getresponse()
        answer = response.read()
        milliseconds = (time.perf_counter() - started) * 1000
        if response.status != 200:
            sys.exit(f"nozama answered {response.status} to {path}: {answer[:500]!r}")
        return milliseconds, len(json.loads(answer)["results"])

    def answer_many(self, photos, clients):
        def ask_all(part):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            answers = [self._ask(connection, path) for path in part]
            connection.close()
            return answers

        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            answers = [one for part in pool.map(ask_all, [photos[client::clients] for client in range(clients)]) for one in part]
        return {"milliseconds": [one[0] for one in answers], "seconds": time.perf_counter() - started, "results": [one[1] for one in answers]}

    def close(self):
        self.process.terminate()
        self.process.wait(60)


def peak_memory(process):
    """Bytes that were in memory at most, mapped files included."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def size_of(*paths):
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


def disk(arguments, folder, data):
    """Bytes of models, index and packages. Pictures, product data and the Python interpreter count for neither."""
    libraries = next((pathlib.Path(arguments.python).parent.parent / "lib").glob("python3*/site-packages"))
    tools = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack")
    packages = [path for path in libraries.iterdir() if not path.name.startswith(tools)]
    runtime = next((ROOT / "build/venv/lib").glob("python3*/site-packages/openvino/libs"))
    bundle = arguments.models / "efficientnet-lite2"
    return {
        "first system": {
            "models": size_of(*folder.glob("*.keras")),
            "index": size_of(*folder.glob("*.ann")),
            "packages": size_of(*packages),
        },
        OURS: {
            "models": size_of(bundle),
            "index": size_of(data / "index.nzi"),
            "packages": size_of(arguments.program, runtime),
        },
    }


def prepare(arguments):
    """The first system's files and our catalogue, kept from run to run."""
    work = arguments.work / f"{CATEGORIES}x{arguments.rows}"
    folder, data = work / "first-system", work / "nozama"
    if not (folder / ".made").exists():
        print("making the first system's models and indexes", file=sys.stderr)
        subprocess.run([arguments.python, pathlib.Path(__file__).with_name("first_system.py"), "make", folder, "--rows", str(arguments.rows)], check=True)
        (folder / ".made").touch()
    if not (data / ".made").exists():
        print(f"importing and training {CATEGORIES} x {arguments.rows} products", file=sys.stderr)
        data.mkdir(parents=True, exist_ok=True)
        feed = work / "feed.csv"
        write_feed(feed, arguments.rows)
        where = ["--data", data, "--models", arguments.models]
        subprocess.run([arguments.program, "import", feed, *where, "--log-level", "error"], check=True, stdout=sys.stderr)
        subprocess.run([arguments.program, "train", *where, "--log-level", "error"], check=True, stdout=sys.stderr)
        (data / ".made").touch()
    return folder, data


def starters(arguments, folder, data):
    systems = {name: lambda passes=passes: FirstSystem(arguments.python, folder, passes) for name, passes in PASSES.items()}
    systems[OURS] = lambda: Nozama(arguments.program, data, arguments.models)
    return systems


def measure(arguments, folder, data):
    photos = photographs(arguments.photos, arguments.count)
    start = starters(arguments, folder, data)
    figures = {name: {"start_seconds": [], "latency_ms": [], "photos_per_second": [], "results": []} for name in start}
    running = {}
    for repeat in range(arguments.repeats):
        for name, make in start.items():
            started = time.perf_counter()
            system = make()
            system.answer_many(photos[:1], 1)
            figures[name]["start_seconds"].append(time.perf_counter() - started)
            if repeat + 1 < arguments.repeats:
                system.close()
            else:
                running[name] = system
    for repeat in range(arguments.repeats):
        for photo in photos:
            for name, system in running.items():
                answer = system.answer_many([photo], 1)
                figures[name]["latency_ms"] += answer["milliseconds"]
                figures[name]["results"] += answer["results"]
        for name, system in running.items():
            for clients in (1, 2, 4):
                seconds = system.answer_many(photos, clients)["seconds"]
                figures[name]["photos_per_second"].append((clients, len(photos) / seconds))
        print(f"round {repeat + 1} of {arguments.repeats}", file=sys.stderr)
    for name, system in running.items():
        figures[name]["peak_memory"] = peak_memory(system.process)
        system.close()
    return photos, figures


def throughput(measured):
    """The median at whichever number of clients was best for this system."""
    by_clients = collections.defaultdict(list)
    for clients, rate in measured:
        by_clients[clients].append(rate)
    return max((statistics.median(rates), clients) for clients, rates in by_clients.items())


def summary(arguments, photos, figures, sizes):
    rows = {}
    for name, measured in figures.items():
        rate, clients = throughput(measured["photos_per_second"])
        files = sizes[OURS if name == OURS else "first system"]
        rows[name] = {
            "latency_p50_ms": statistics.median(measured["latency_ms"]),
            "photos_per_second": rate,
            "photos_per_second_clients": clients,
            "peak_memory_mib": measured["peak_memory"] / MEBIBYTE,
            "models_mib": files["models"] / MEBIBYTE,
            "index_mib": files["index"] / MEBIBYTE,
            "packages_mib": files["packages"] / MEBIBYTE,
            "disk_mib": sum(files.values()) / MEBIBYTE,
            "start_seconds": statistics.median(measured["start_seconds"]),
            "results_per_photo": statistics.median(measured["results"]),
        }
    ratios = {name: {key: ratio(key, rows[name], rows[OURS]) for key in LINES} for name in PASSES}
    compared = {"photographs": str(arguments.photos), "photos": len(photos), "repeats": arguments.repeats, "categories": CATEGORIES, "rows_a_category": arguments.rows}
    return {"compared": compared, "systems": rows, "ratios": ratios}


# What is printed, and how: the words, and whether more is better.
LINES = {
    "latency_p50_ms": ("latency of a photo, p50, ms", False),
    "photos_per_second": ("photos per second", True),
    "peak_memory_mib": ("peak memory, MiB", False),
    "models_mib": ("models on disk, MiB", False),
    "index_mib": ("index on disk, MiB", False),
    "packages_mib": ("packages on disk, MiB", False),
    "disk_mib": ("all of that on disk, MiB", False),
    "start_seconds": ("start to the first answer, s", False),
}


def ratio(key, theirs, ours):
    """How many times better we are."""
    return ours[key] / theirs[key] if LINES[key][1] else theirs[key] / ours[key]


def print_table(result):
    compared, rows = result["compared"], result["systems"]
    print(f"{compared['photos']} photographs of {compared['photographs']}, {compared['repeats']} repeats; {compared['categories']} categories of {compared['rows_a_category']} rows")
    names = [*PASSES, OURS]
    print(f"{'':32}" + "".join(f"{name:>28}" for name in names))
    for key, (words, _) in LINES.items():
        cells = [f"{rows[name][key]:.1f}" + (f" ({result['ratios'][name][key]:.1f} x)" if name != OURS else "") for name in names]
        print(f"{words:32}" + "".join(f"{cell:>28}" for cell in cells))
    print("(n x): how many times better nozama is")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench seed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path, nargs="?", default=ROOT / "demo/queries", help="folder of photographs [demo/queries]")
    parser.add_argument("--count", type=int, default=24, help="photographs taken evenly from the folder [24]")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of everything; medians are printed [5]")
    parser.add_argument("--rows", type=int, default=5000, help="rows in each of the eight categories [5000]")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/nozama", help="the nozama to measure")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "build/models", help="folder of encoder bundles")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the first system's packages")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/seed-pipeline/work", help="where both catalogues are kept")
    arguments = parser.parse_args()
    if min(arguments.count, arguments.repeats, arguments.rows) < 1:
        parser.error("--count, --repeats and --rows are at least 1")
    arguments.work = arguments.work.resolve()
    folder, data = prepare(arguments)
    photos, figures = measure(arguments, folder, data)
    result = summary(arguments, photos, figures, disk(arguments, folder, data))
    if arguments.json:
        print(json.dumps(result))
    else:
        print_table(result)


if __name__ == "__main__":
    main()
