#include "cli/index_bench_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/progress.h"

namespace nozama {
namespace {

// Where ./dev bench --setup puts it, seen from the repository or from a program in build/PRESET.
std::filesystem::path python_with_peers() {
  const std::filesystem::path venv = "bench-peers/venv/bin/python";
  std::error_code ignored;
  for (const auto& build : {std::filesystem::path("build"), std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().parent_path()}) {
    if (std::filesystem::exists(build / venv, ignored)) return std::filesystem::absolute(build / venv);
  }
  return "python3";
}

}  // namespace

void add_index_bench_flags(CLI::App& command, IndexBenchOptions& options) {
  command.add_option("--rows", options.rows, "sizes, one run each [5000,50000]")->delimiter(',');
  command.add_option("--dim", options.dimension, "numbers of a vector [256]");
  command.add_option("--queries", options.queries, "[1000]")->check(CLI::Range(1, 1'000'000));
  command.add_option("--repeats", options.repeats, "times that each query is timed; its median counts [5]")->check(CLI::Range(1, 1000));
  command.add_option("--threads", options.threads, "processors for everything; queries go one at a time [1]")->check(CLI::Range(1, 1024));
  command
      .add_option("--peer-seconds", options.peer_seconds,
                  "a peer's sweep ends after so long, and a peer that is not ready after twice that is left out [no limit]")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--generator-seed", options.generator_seed, "of the made vectors [1]");
  command.add_option("--peers", options.peers, "scann, faiss, hnswlib, annoy, usearch, voyager, scalable-vs, qdrant-edge, lancedb, pgvector [none]")
      ->delimiter(',');
  command.add_option("--filter-pass", options.filter_pass, "search under filters that let these shares pass: 0.001,0.01 [no filter]")->delimiter(',');
  auto* vectors = command.add_option("--vectors", options.vectors, "a .npy file of vectors instead of made ones")->check(CLI::ExistingFile);
  command.add_option("--data", options.hdf5, "an ann-benchmarks .hdf5 file instead")->check(CLI::ExistingFile)->excludes(vectors);
  command.add_option("--keep", options.keep, "a folder to leave our index in, with the queries and their true neighbours, for --opened");
  command.add_option("--opened", options.opened, "only measure the index that --keep left in this folder: from its start, its file not in memory")
      ->check(CLI::ExistingDirectory);
  command.add_option("--python", options.python, "the interpreter that has the peers [of ./dev bench --setup]");
  command.add_flag("--exact", options.exact, "a line for the exact mode too");
  command.add_option("--churn", options.churn, "two lines more: searches over 20 s alone, and while so many rows a second are added and removed [none]")
      ->check(CLI::Range(1, 1'000'000));
  command.add_flag("--batch", options.batch, "lines for four queries at a time too, which share a pass over the codes");
  command.add_flag("--verbose", options.verbose, "the peers' sweeps on standard error");
}

Status run_index_bench(IndexBenchOptions options, bool json, const std::stop_token& stop) {
  if (auto fine = check(options); !fine) return fine;
  if (options.python.empty()) options.python = python_with_peers();
  const Machine machine = this_machine();
  StageLines lines("", "rows", "rows");
  bool headed = json;
  IndexBenchEvents events;
  events.measured = [&](const Measurement& measurement) {
    lines.finish();
    if (!headed) fmt::print("{}\n{}\n\n{}\n", machine.cpu, machine.flags, measurement_table_head());
    headed = true;
    fmt::print("{}\n", json ? measurement_json(measurement, machine) : measurement_table_row(measurement));
    std::fflush(stdout);
  };
  events.progress = [&](std::string_view stage, int64_t done, int64_t total) { lines(stage, done, total); };
  events.note = [&](std::string_view text) {
    lines.finish();
    fmt::print(stderr, "nozama: {}\n", text);
  };
  return run_index_bench(options, events, stop);
}

}  // namespace nozama
