#!/usr/bin/env python3
"""Runs one other engine for `nozama bench index`, which starts it:  peers.py ENGINE FOLDER THREADS WORKLOADS [--verbose] [--seconds N]

FOLDER has rows.npy, queries.npy, truth.npy (30 row numbers for each query of each workload) and labels.npy (two numbers a row to
filter by). N seconds after it has begun a sweep ends, if it has a setting for every workload. Commands come as lines: `prepare` builds and sweeps, `round W` answers every query of workload W once, `memory` tells the
peak. Each answer is a line of JSON. Queries go one at a time on one thread; every engine is called in the quickest way its Python
binding has, and one that takes an array of queries and answers them one after the other is timed so too (`loop_us`): the better counts.
"""
import contextlib
import ctypes
import gc
import importlib
import importlib.metadata
import json
import os
import pathlib
import signal
import sys
import time
import warnings

K = 30
TARGET = 0.99  # recall that a setting must reach
SWEEP_QUERIES = 200
WARM_UP = 50
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


class Missing(Exception):
    """A package that is not installed."""


def package(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(str(error)) from error


def anonymous_bytes(process="self"):
    """Memory of no file; what processes share counts in parts."""
    lines = [line.split() for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()]
    return sum(int(words[1]) * 1024 for words in lines if words[0] in ("Pss_Anon:", "Pss_Shmem:"))


def stat_of(process):
    """The fields of /proc/PROCESS/stat behind the name: 11 to 14 are ticks of the process and of its ended children."""
    return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def folder_bytes(path):
    return sum(file.stat().st_size for file in pathlib.Path(path).rglob("*") if file.is_file())


class Engine:
    """One engine: the settings it is built with, those it is searched with, and how both are done."""

    distribution = ""  # on PyPI, for its version

    def __init__(self, folder, threads, workloads):
        import numpy

        self.np, self.folder, self.threads, self.workloads = numpy, folder, threads, workloads
        self.rows = numpy.load(folder / "rows.npy", mmap_mode="c")  # some bindings want an array that could be written
        self.queries = numpy.load(folder / "queries.npy")
        self.labels = numpy.load(folder / "labels.npy", mmap_mode="r")
        self.count, self.dimension = self.rows.shape
        self.load()

    def load(self):
        """Imports the package."""

    def version(self):
        return importlib.metadata.version(self.distribution)

    def builds(self):
        """Settings to build with; one index each."""
        return [{}]

    def build(self, setting):
        raise NotImplementedError

    def chains(self, index, workload):
        """Lists of settings to search with, each from quick to thorough; the rest of a list is left out once the target is met."""
        return [[{}]]

    def searcher(self, index, setting, workload):
        """A function of a query's number that gives row numbers."""
        raise NotImplementedError

    def loop(self, index, setting, workload):
        """A function without arguments that answers all queries one after the other; None if there is no such call."""
        return None

    def bytes(self, index):
        """Of the index as a file."""
        raise NotImplementedError

    def close(self):
        pass

    def processes(self):
        """Other processes that build and search."""
        return []

    def cost(self):
        """Seconds of processor time and bytes of anonymous memory so far, of all processes."""
        seconds, memory = time.process_time(), anonymous_bytes()
        for process in self.processes():
            with contextlib.suppress(OSError):  # it may have ended
                seconds += sum(map(int, stat_of(process)[11:15])) / os.sysconf("SC_CLK_TCK")
                memory += anonymous_bytes(process)
        return seconds, memory

    def passing(self, workload):
        """Row numbers that pass the workload's filter."""
        return self.np.flatnonzero(self.labels[:, self.column(workload)] < self.np.float32(workload["pass"]))

    @staticmethod
    def column(workload):
        return 1 if workload["kind"] == "cluster" else 0

    def scratch(self, name):
        path = self.folder / f"peer-{os.getpid()}" / name
        path.parent.mkdir(exist_ok=True)
        return path


def values(name, numbers, **others):
    return [{name: number, **others} for number in numbers]


EF = [30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 320, 400, 500, 650, 800, 1000, 1500, 2000]


class Graph(Engine):
    """What graph engines share: the degree is a build setting, the width of the search another."""

    def builds(self):
        return [{"M": 16}, {"M": 32}] if self.count <= 200_000 else [{"M": 24}]

    def chains(self, index, workload):
        return [values("ef", EF)]


class Hnswlib(Graph):
    distribution = "hnswlib"

    def load(self):
        self.hnswlib = package("hnswlib")

    def build(self, setting):
        index = self.hnswlib.Index(space="ip", dim=self.dimension)
        index.init_index(max_elements=self.count, M=setting["M"], ef_construction=200, random_seed=1)
        index.set_num_threads(self.threads)
        for start in range(0, self.count, 10_000):
            index.add_items(self.rows[start : start + 10_000], self.np.arange(start, min(start + 10_000, self.count)), num_threads=self.threads)
        return index

    def searcher(self, index, setting, workload):
        index.set_ef(setting["ef"])
        query = index.knn_query
        if workload["kind"] == "none":
            return lambda i: query(self.queries[i], K, 1)[0][0]
        # The binding asks Python for every row it meets: a set's own lookup is the quickest there is.
        allowed = set(self.passing(workload).tolist()).__contains__

        def search(i):
            try:
                return query(self.queries[i], K, 1, allowed)[0][0]
            except RuntimeError:  # it met fewer than K rows that pass
                return []

        return search

    def loop(self, index, setting, workload):
        if workload["kind"] != "none":
            return None
        return lambda: index.knn_query(self.queries, K, 1)[0]

    def bytes(self, index):
        return index.index_file_size()


class Faiss(Engine):
    distribution = "faiss-cpu"

    def load(self):
        self.faiss = package("faiss")
        self.found = self.np.empty((len(self.queries), K), dtype="int64")
        self.scores = self.np.empty((len(self.queries), K), dtype="float32")

    def version(self):
        return f"{super().version()} {self.faiss.get_compile_options().strip()}"

    def factory(self, text):
        self.faiss.omp_set_num_threads(self.threads)
        index = self.faiss.index_factory(self.dimension, text, self.faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            step = max(1, self.count // 100_000)
            index.train(self.np.ascontiguousarray(self.rows[::step]))
        for start in range(0, self.count, 50_000):
            index.add(self.np.ascontiguousarray(self.rows[start : start + 50_000]))
        return index

    def build(self, setting):
        return self.factory(setting["factory"])

    def parameters(self, index, setting, selector=None):
        return None

    def searcher(self, index, setting, workload):
        self.faiss.omp_set_num_threads(1)
        # Past the checks of the Python wrapper.
        raw, ids, scores = index.search_c, self.faiss.swig_ptr(self.found[:1]), self.faiss.swig_ptr(self.scores[:1])
        pointers = [self.faiss.swig_ptr(self.queries[i : i + 1]) for i in range(len(self.queries))]
        parameters = self.parameters(index, setting, self.selector(setting, workload))

        def search(i):
            raw(1, pointers[i], K, scores, ids, parameters)
            return self.found[0]

        return search

    def selector(self, setting, workload):
        return None

    def bytes(self, index):
        return len(self.faiss.serialize_index(index))


class FaissFlat(Faiss):
    def builds(self):
        return [{"factory": "Flat"}]


class FaissRefined(Faiss):
    """Codes scanned, the best re-ranked with the rows themselves."""

    factories = ()

    def builds(self):
        return [{"factory": text.format(half=self.dimension // 2, quarter=self.dimension // 4)} for text in self.factories]

    def chains(self, index, workload):
        return [values("k_factor", [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24])]

    def parameters(self, index, setting, selector=None):
        return self.faiss.IndexRefineSearchParameters(k_factor=setting["k_factor"])


class FaissSq8(FaissRefined):
    factories = ("SQ8,RFlat", "SQ4,RFlat")


class FaissPqfs(FaissRefined):
    factories = ("PQ{half}x4fs,RFlat", "PQ{quarter}x4fs,RFlat")


class FaissRabitq(FaissRefined):
    factories = ("RaBitQfs,RFlat", "RaBitQfs4,RFlat")


class FaissIvf(FaissRefined):
    def builds(self):
        lists = 2 ** round(self.np.log2(2 * self.count**0.5))
        kinds = ("Flat", "SQ8,RFlat", f"PQ{self.dimension // 2}x4fs,RFlat", "RaBitQfs4,RFlat")
        return [{"factory": f"IVF{count},{kind}"} for count in (lists // 2, lists * 2) for kind in kinds]

    def chains(self, index, workload):
        lists = self.faiss.extract_index_ivf(index).nlist
        probes = sorted({n for n in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512) if n < lists} | {lists})
        if isinstance(index, self.faiss.IndexIVFFlat):
            return [values("nprobe", probes)]
        return [values("nprobe", probes, k_factor=factor) for factor in (1.5, 2.5, 4, 8)]

    def parameters(self, index, setting, selector=None):
        inner = self.faiss.SearchParametersIVF(nprobe=setting["nprobe"])
        if "k_factor" not in setting:
            return inner
        self.inner = inner  # the outer one only points at it
        return self.faiss.IndexRefineSearchParameters(k_factor=setting["k_factor"], base_index_params=inner)


class FaissHnsw(Faiss, Graph):
    def build(self, setting):
        self.faiss.omp_set_num_threads(self.threads)
        index = self.faiss.IndexHNSWFlat(self.dimension, setting["M"], self.faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 200
        for start in range(0, self.count, 50_000):
            index.add(self.np.ascontiguousarray(self.rows[start : start + 50_000]))
        return index

    def chains(self, index, workload):
        return Graph.chains(self, index, workload)

    def builds(self):
        return Graph.builds(self)

    def parameters(self, index, setting, selector=None):
        return self.faiss.SearchParametersHNSW(efSearch=setting["ef"], **({"sel": selector} if selector else {}))


class FaissSelected:
    """With a filter: the list of ids, or the bitmap, is made once for a workload, as our own filters' bitmaps are."""

    kinds = ("bitmap",)

    def selector(self, setting, workload):
        if workload["kind"] == "none":
            return None
        ids = self.passing(workload).astype("int64")
        kind = setting.get("selector", self.kinds[0])
        if kind == "bitmap":
            bits = self.np.packbits(self.np.isin(self.np.arange(self.count), ids), bitorder="little")
            return self.kept(bits, self.faiss.IDSelectorBitmap(self.count, self.faiss.swig_ptr(bits)))
        if kind == "batch":
            return self.faiss.IDSelectorBatch(ids)
        return self.kept(ids, self.faiss.IDSelectorArray(len(ids), self.faiss.swig_ptr(ids)))

    def kept(self, array, selector):
        self.selected = array  # the selector only points at it
        return selector


class FaissFlatIds(FaissSelected, FaissFlat):
    def chains(self, index, workload):
        return [[{"selector": "array"}], [{"selector": "bitmap"}], [{"selector": "batch"}]]

    def parameters(self, index, setting, selector=None):
        return self.faiss.SearchParameters(sel=selector)


class FaissHnswIds(FaissSelected, FaissHnsw):
    def builds(self):
        return [{"M": 32}]


class FaissIvfIds(FaissSelected, FaissIvf):
    def builds(self):
        return [{"factory": f"IVF{2 ** round(self.np.log2(2 * self.count**0.5))},Flat"}]

    def parameters(self, index, setting, selector=None):
        return self.faiss.SearchParametersIVF(nprobe=setting["nprobe"], sel=selector)


class Scann(Engine):
    distribution = "scann"

    def load(self):
        self.scann = package("scann")

    def builds(self):
        lists = max(10, round(self.count**0.5))
        trees = [{"leaves": 0}, {"leaves": lists}, {"leaves": lists * 3}]
        return trees if self.count <= 200_000 else trees[1:]

    def build(self, setting):
        rows = self.np.ascontiguousarray(self.rows)
        builder = self.scann.scann_ops_pybind.builder(rows, K, "dot_product").set_n_training_threads(self.threads)
        if setting["leaves"]:
            builder = builder.tree(num_leaves=setting["leaves"], num_leaves_to_search=10, training_sample_size=min(self.count, 100_000))
        return builder.score_ah(2, anisotropic_quantization_threshold=0.2, training_sample_size=min(self.count, 100_000)).reorder(100).build()

    def chains(self, index, workload):
        reorders = (40, 60, 90, 130, 200, 300, 500)
        if not self.leaves(index):
            return [values("reorder", reorders)]
        probes = [n for n in (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384) if n <= self.leaves(index)]
        return [values("leaves_to_search", probes, reorder=reorder) for reorder in reorders[1:5]]

    def leaves(self, index):
        return index.num_leaves() if hasattr(index, "num_leaves") else self.setting["leaves"]

    def searcher(self, index, setting, workload):
        search, reorder, leaves = index.searcher.search, setting["reorder"], setting.get("leaves_to_search", -1)
        return lambda i: search(self.queries[i], K, reorder, leaves)[0]

    def bytes(self, index):
        path = self.scratch("scann")
        path.mkdir(exist_ok=True)
        index.serialize(str(path))
        return folder_bytes(path)


class Annoy(Engine):
    distribution = "annoy"

    def load(self):
        self.annoy = package("annoy")

    def builds(self):
        return values("trees", (50, 150) if self.count <= 200_000 else (50,))

    def build(self, setting):
        index = self.annoy.AnnoyIndex(self.dimension, "angular")
        index.set_seed(1)
        for i, row in enumerate(self.rows):
            index.add_item(i, row)
        index.build(setting["trees"], n_jobs=self.threads)
        return index

    def chains(self, index, workload):
        return [values("search_k", (1000, 2000, 3000, 5000, 8000, 12_000, 18_000, 27_000, 40_000, 60_000, 90_000, 150_000))]

    def searcher(self, index, setting, workload):
        lists = [query.tolist() for query in self.queries]
        search, search_k = index.get_nns_by_vector, setting["search_k"]
        return lambda i: search(lists[i], K, search_k)

    def bytes(self, index):
        path = self.scratch("annoy")
        index.save(str(path))
        return path.stat().st_size


class Usearch(Graph):
    distribution = "usearch"
    number = "f32"

    def load(self):
        self.usearch = package("usearch.index")

    def build(self, setting):
        index = self.usearch.Index(ndim=self.dimension, metric="ip", dtype=self.number, connectivity=setting["M"], expansion_add=200)
        for start in range(0, self.count, 10_000):
            block = self.np.ascontiguousarray(self.rows[start : start + 10_000])
            index.add(self.np.arange(start, start + len(block)), block, threads=self.threads)
        return index

    def searcher(self, index, setting, workload):
        index.expansion_search = setting["ef"]
        return lambda i: index.search(self.queries[i], K, threads=1).keys

    def loop(self, index, setting, workload):
        return lambda: index.search(self.queries, K, threads=1).keys

    def bytes(self, index):
        return index.serialized_length


class UsearchBf16(Usearch):
    number = "bf16"


class UsearchI8(Usearch):
    number = "i8"


class Voyager(Graph):
    distribution = "voyager"

    def load(self):
        self.voyager = package("voyager")

    def build(self, setting):
        index = self.voyager.Index(self.voyager.Space.InnerProduct, num_dimensions=self.dimension, M=setting["M"], ef_construction=200, random_seed=1, max_elements=self.count)
        index.add_items(self.np.ascontiguousarray(self.rows), num_threads=self.threads)
        return index

    def searcher(self, index, setting, workload):
        return lambda i: index.query(self.queries[i], K, 1, setting["ef"])[0]

    def loop(self, index, setting, workload):
        return lambda: index.query(self.queries, K, 1, setting["ef"])[0].astype("int64")

    def bytes(self, index):
        return len(index.as_bytes())


class ScalableVs(Graph):
    distribution = "scalable-vs"
    bits = ()  # of the codes and of their remainders

    def load(self):
        self.svs = package("svs")

    def builds(self):
        return [{"M": 32}, {"M": 64}] if self.count <= 200_000 else [{"M": 48}]

    def build(self, setting):
        svs = self.svs
        parameters = svs.VamanaBuildParameters(graph_max_degree=setting["M"], window_size=200, alpha=0.95)
        data = self.np.ascontiguousarray(self.rows)
        if self.bits:
            path = self.scratch("rows.fvecs")
            svs.write_vecs(data, str(path))
            data = svs.LVQLoader(svs.VectorDataLoader(str(path), svs.DataType.float32, self.dimension), primary=self.bits[0], residual=self.bits[1])
        index = svs.Vamana.build(parameters, data, svs.DistanceType.MIP, self.threads)
        index.num_threads = 1
        return index

    def searcher(self, index, setting, workload):
        index.search_window_size = setting["ef"]
        return lambda i: index.search(self.queries[i : i + 1], K)[0][0]

    def loop(self, index, setting, workload):
        return lambda: index.search(self.queries, K)[0].astype("int64")

    def bytes(self, index):
        paths = [str(self.scratch(name)) for name in ("config", "graph", "data")]
        index.save(*paths)
        return sum(folder_bytes(path) for path in paths)


class ScalableVsLvq8(ScalableVs):
    bits = (8, 0)


class ScalableVsLvq4x8(ScalableVs):
    bits = (4, 8)


class QdrantEdge(Engine):
    distribution = "qdrant-edge-py"

    def load(self):
        self.qdrant = package("qdrant_edge")

    def builds(self):
        return [{"M": 16}]

    def build(self, setting):
        q = self.qdrant
        config = q.EdgeConfig(
            vectors=q.EdgeVectorParams(size=self.dimension, distance=q.Distance.Dot),
            hnsw_config=q.HnswIndexConfig(m=setting["M"], ef_construct=200, full_scan_threshold=10, max_indexing_threads=self.threads),
            optimizers=q.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1, max_segment_size=100_000_000),
            max_search_threads=self.threads,
            wal_enabled=False,
        )
        path = self.scratch("qdrant")
        shard = q.EdgeShard.create(str(path), config)
        for name in ("random", "cluster"):
            shard.update(q.UpdateOperation.create_field_index(name, q.PayloadSchemaType.Float))
        for start in range(0, self.count, 1000):
            points = [
                q.Point(i, self.rows[i].tolist(), {"random": float(self.labels[i, 0]), "cluster": float(self.labels[i, 1])})
                for i in range(start, min(start + 1000, self.count))
            ]
            shard.update(q.UpdateOperation.upsert_points(points))
        shard.optimize()
        shard.flush()
        return shard

    def chains(self, index, workload):
        plain = values("ef", EF[3:])
        return [plain] if workload["kind"] == "none" else [plain, values("ef", EF[3:], acorn=True)]

    def searcher(self, index, setting, workload):
        q = self.qdrant
        condition = None
        if workload["kind"] != "none":
            limit = float(self.np.float32(workload["pass"]))
            condition = q.Filter(must=[q.FieldCondition(workload["kind"], range=q.RangeFloat(lt=limit))])
        acorn = q.AcornSearchParams(enable=True) if setting.get("acorn") else None
        parameters = q.SearchParams(hnsw_ef=setting["ef"], acorn=acorn)
        requests = [q.SearchRequest(q.Query.Nearest(query.tolist()), K, filter=condition, params=parameters) for query in self.queries]
        return lambda i: [point.id for point in index.search(requests[i])]

    def bytes(self, index):
        return folder_bytes(self.scratch("qdrant"))


class Lancedb(Engine):
    distribution = "lancedb"

    def load(self):
        os.environ["LANCE_LOG"] = "error"  # a warning a query would be timed with it
        self.lancedb = package("lancedb")
        self.arrow = package("pyarrow")

    def builds(self):
        return [{"index": "IVF_HNSW_SQ"}, {"index": "IVF_FLAT"}]

    def build(self, setting):
        pa = self.arrow
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(self.np.ascontiguousarray(self.rows).reshape(-1)), self.dimension)
        columns = {"id": pa.array(self.np.arange(self.count)), "vector": vectors}
        for column, name in enumerate(("random", "cluster")):
            columns[name] = pa.array(self.np.ascontiguousarray(self.labels[:, column]))
        self.path = self.scratch(setting["index"])
        table = self.lancedb.connect(str(self.path)).create_table("rows", pa.table(columns))
        table.create_index(metric="dot", index_type=setting["index"], num_partitions=max(1, round(self.count**0.5 / 8)))
        for name in ("random", "cluster"):
            table.create_scalar_index(name)
        table.optimize()
        return table

    def chains(self, index, workload):
        partitions = max(1, round(self.count**0.5 / 8))
        probes = sorted({n for n in (2, 4, 8, 16, 32, 64) if n < partitions} | {partitions})
        if self.setting["index"] == "IVF_FLAT":
            return [values("nprobes", probes)]
        return [values("ef", (100, 200, 400), nprobes=n, refine=r) for n in probes for r in (1, 3)]

    def searcher(self, index, setting, workload):
        def search(i):
            query = index.search(self.queries[i]).distance_type("dot").limit(K).nprobes(setting["nprobes"]).select(["id", "_distance"])
            if "ef" in setting:
                query = query.ef(setting["ef"]).refine_factor(setting["refine"])
            if workload["kind"] != "none":
                query = query.where(f"{workload['kind']} < {float(self.np.float32(workload['pass']))!r}", prefilter=True)
            return query.to_arrow()["id"].to_pylist()

        return search

    def bytes(self, index):
        return folder_bytes(self.path)


class Pgvector(Engine):
    """PostgreSQL as a process of its own, with one connection."""

    distribution = "pgserver"

    def load(self):
        self.server = None
        self.pgserver, self.psycopg = package("pgserver"), package("psycopg")

    def version(self):
        with self.connection.cursor() as cursor:
            cursor.execute("select extversion from pg_extension where extname = 'vector'")
            return f"{cursor.fetchone()[0]} PostgreSQL {self.connection.info.server_version // 10000}"

    def builds(self):
        return [{"M": 16}]

    def build(self, setting):
        os.chmod(self.folder, 0o755)  # the server runs as a user of its own when we are root
        self.server = self.pgserver.get_server(str(self.scratch("postgres")))
        self.connection = self.psycopg.connect(self.server.get_uri(), autocommit=True)
        run = self.connection.execute
        run("create extension vector")
        run("set maintenance_work_mem = '4GB'")
        run("set max_parallel_maintenance_workers = 0")
        run("set max_parallel_workers_per_gather = 0")
        run(f"create table items (id int primary key, random real, cluster real, vector vector({self.dimension}))")
        run("alter table items alter vector set storage plain")
        with self.connection.cursor().copy("copy items from stdin") as copy:
            for i, row in enumerate(self.rows):
                copy.write_row((i, float(self.labels[i, 0]), float(self.labels[i, 1]), str(row.tolist())))
        run(f"create index nearest on items using hnsw (vector vector_ip_ops) with (m = {setting['M']}, ef_construction = 200)")
        run("create index on items (random)")
        run("create index on items (cluster)")
        run("analyze items")
        return self.connection

    def chains(self, index, workload):
        graph = values("ef", [n for n in EF if n <= 1000], plan="hnsw")
        return [graph] if workload["kind"] == "none" else [[{"plan": "filter first", "ef": 40}], graph]

    def searcher(self, index, setting, workload):
        index.execute(f"set hnsw.ef_search = {setting['ef']}")
        index.execute(f"set enable_indexscan = {'on' if setting['plan'] == 'hnsw' else 'off'}")
        where = "" if workload["kind"] == "none" else f"where {workload['kind']} < {float(self.np.float32(workload['pass']))!r}::real"
        texts = [str(query.tolist()) for query in self.queries]
        cursor = index.cursor(binary=True)
        question = f"select id from items {where} order by vector <#> %s::vector limit {K}"
        return lambda i: [row[0] for row in cursor.execute(question, (texts[i],), prepare=True).fetchall()]

    def bytes(self, index):
        return index.execute("select pg_total_relation_size('items')").fetchone()[0]

    def processes(self):
        if self.server is None:
            return []
        first = self.server.get_pid()
        return [str(first), *pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()]

    def close(self):
        self.connection.close()
        self.server.cleanup()


class Hdf5(Engine):
    """Not an engine: turns an ann-benchmarks file into vectors.npy, its queries first."""

    def __init__(self, folder, threads, workloads):
        self.folder = folder

    def convert(self, path):
        import numpy

        with package("h5py").File(path) as file:
            metric = str(file.attrs.get("distance", "unknown"))
            parts = [numpy.asarray(file[name], dtype="<f4") for name in ("test", "train")]
        rows = numpy.concatenate(parts)
        lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
        if metric not in ("angular", "cosine") and abs(lengths - 1).max() > 1e-3:
            raise ValueError(f"{path} is for the distance '{metric}' and its vectors are not of length 1; give a file for 'angular'")
        kept = lengths[:, 0] > 0
        numpy.save(self.folder / "vectors.npy", rows[kept] / lengths[kept])


ENGINES = {
    "scann": Scann,
    "faiss-flat": FaissFlat,
    "faiss-sq8": FaissSq8,
    "faiss-ivf": FaissIvf,
    "faiss-hnsw": FaissHnsw,
    "faiss-pqfs": FaissPqfs,
    "faiss-rabitq": FaissRabitq,
    "faiss-flat-ids": FaissFlatIds,
    "faiss-ivf-ids": FaissIvfIds,
    "faiss-hnsw-ids": FaissHnswIds,
    "hnswlib": Hnswlib,
    "annoy": Annoy,
    "usearch-f32": Usearch,
    "usearch-bf16": UsearchBf16,
    "usearch-i8": UsearchI8,
    "voyager": Voyager,
    "scalable-vs-f32": ScalableVs,
    "scalable-vs-lvq8": ScalableVsLvq8,
    "scalable-vs-lvq4x8": ScalableVsLvq4x8,
    "qdrant-edge": QdrantEdge,
    "lancedb": Lancedb,
    "pgvector": Pgvector,
}


def text_of(setting):
    return " ".join(f"{name}={value}" for name, value in setting.items()) or "default"


class Session:
    """One engine from the sweep to the last round."""

    def __init__(self, engine, truth, answer, verbose, seconds):
        self.engine, self.truth, self.answer, self.verbose = engine, truth, answer, verbose
        self.deadline = time.monotonic() + seconds if seconds else float("inf")
        self.points = []  # (recall, us) of every setting that was tried without a filter
        self.best = [None] * len(engine.workloads)  # (met the target, speed or recall, index, build setting, setting)
        self.built = {}

    def recall(self, workload, found, count):
        # Each -1 of the truth is a neighbour that does not exist.
        wanted = self.truth[workload][:count]
        right = sum(len(set(row[row >= 0].tolist()).intersection(ids)) for row, ids in zip(wanted, found))
        return right / max(1, int((wanted >= 0).sum()))

    def late(self):
        return time.monotonic() > self.deadline and None not in self.best

    def sweep(self):
        for build in self.engine.builds():
            if self.late():
                return
            start, before = self.engine.cost()
            self.engine.setting = build
            index = self.engine.build(build)
            end, after = self.engine.cost()
            cost = {"build_cpu_s": end - start, "resident_bytes": max(0, after - before)}
            self.step(f"built {text_of(build)} in {cost['build_cpu_s']:.2f} s of processor time")
            for number, workload in enumerate(self.engine.workloads):
                for chain in self.engine.chains(index, workload):
                    self.try_chain(number, workload, index, build, chain, cost)
            del index

    def try_chain(self, number, workload, index, build, chain, cost):
        count = min(SWEEP_QUERIES, len(self.engine.queries))
        reached = 0
        for setting in chain:
            if self.late():
                return
            search = self.engine.searcher(index, setting, workload)
            found = [list(search(i)) for i in range(count)]
            recall = self.recall(number, found, count)
            start = time.perf_counter()
            for i in range(count):
                search(i)
            us = 1e6 * (time.perf_counter() - start) / count
            if recall >= TARGET and count < len(self.engine.queries):  # a sample may flatter
                recall = self.recall(number, [list(search(i)) for i in range(len(self.engine.queries))], len(self.engine.queries))
            self.step(f"{text_of(build)} {text_of(setting)} filter {workload['kind']} {workload['pass']}: recall {recall:.4f}, {us:.1f} us")
            if workload["kind"] == "none":
                self.points.append([round(recall, 5), round(us, 2)])
            met = recall >= TARGET
            candidate = (met, -us if met else recall, index, build, setting, cost)
            if self.best[number] is None or candidate[:2] > self.best[number][:2]:
                self.best[number] = candidate
            if met and reached:  # one more than needed: times of a sample are rough
                return
            reached += met

    def step(self, text):
        if self.verbose:
            print(text, file=sys.stderr, flush=True)
        self.answer({"event": "step", "text": text})

    def prepare(self):
        self.sweep()
        _, _, index, build, _, cost = self.best[0]
        settings = [f"{text_of(best[3])} {text_of(best[4])}" if best[4] else text_of(best[3]) for best in self.best]
        return {"event": "prepared", "version": self.engine.version(), "settings": settings, "sweep": self.points, "index_bytes": self.engine.bytes(index), **cost}

    def round(self, number):
        _, _, index, build, setting, _ = self.best[number]
        self.engine.setting = build
        workload = self.engine.workloads[number]
        search = self.engine.searcher(index, setting, workload)
        count = len(self.engine.queries)
        times, found = [0.0] * count, [None] * count
        clock = time.perf_counter_ns
        gc.collect()
        gc.disable()
        for i in range(min(WARM_UP, count)):
            search(i)
        cpu = time.thread_time_ns()
        for i in range(count):
            start = clock()
            ids = search(i)
            times[i] = (clock() - start) / 1000
            found[i] = list(ids)
        cpu_us = (time.thread_time_ns() - cpu) / 1000 / count
        reply = {"event": "round", "us": times, "cpu_us": cpu_us}
        loop = self.engine.loop(index, setting, workload)
        if loop:
            start = clock()
            loop()
            reply["loop_us"] = (clock() - start) / 1000 / count
        gc.enable()
        reply["ids"] = [int(i) for ids in found for i in (list(ids) + [-1] * K)[:K]]
        return reply


def peak_bytes():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def serve(name, folder, threads, workloads, verbose, seconds, answer):
    if name.startswith("hdf5:"):
        sys.stdin.readline()
        Hdf5(folder, threads, workloads).convert(name.removeprefix("hdf5:"))
        answer({"event": "prepared"})
        return
    numpy = package("numpy")
    engine = ENGINES[name](folder, threads, workloads)
    truth = numpy.load(folder / "truth.npy").reshape(len(workloads), -1, K)
    session = Session(engine, truth, answer, verbose, seconds)
    try:
        for line in sys.stdin:
            command, _, argument = line.strip().partition(" ")
            if command == "prepare":
                answer(session.prepare())
            elif command == "round":
                answer(session.round(int(argument)))
            else:
                answer({"event": "memory", "peak_bytes": peak_bytes()})
    finally:
        engine.close()


def main():
    name, folder, threads, workloads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    # Libraries may print: our answers have the pipe for themselves.
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def answer(reply):
        pipe.write(json.dumps(reply) + "\n")

    try:
        seconds = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0
        serve(name, folder, threads, workloads, "--verbose" in sys.argv, seconds, answer)
    except Missing as error:
        answer({"event": "missing", "text": str(error)})
    except Exception as error:  # told of in one line; the others go on
        answer({"event": "failed", "text": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
