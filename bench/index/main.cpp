// `nozama bench index` as a program of its own, to be carried to another machine: it needs none of the encoder's libraries.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/index_bench_flags.h"
#include "cli/signals.h"

int main(int argc, char** argv) {
  CLI::App app("Our index beside others (docs/benchmarks.md)");
  nozama::IndexBenchOptions options;
  nozama::add_index_bench_flags(app, options);
  bool json = false;
  app.add_flag("--json", json, "one line of JSON a measurement");
  CLI11_PARSE(app, argc, argv);
  const auto done = nozama::run_index_bench(options, json, nozama::stop_on_signals());
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
