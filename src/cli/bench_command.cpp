#include <CLI/CLI.hpp>

#include "cli/bench_commands.h"
#include "cli/index_bench_flags.h"

namespace nozama {
namespace {

void add_index_command(CLI::App& bench, CommandContext& context) {
  CLI::App* command = bench.add_subcommand("index", "Our index beside others, on the same vectors and queries (docs/benchmarks.md)");
  auto options = std::make_shared<IndexBenchOptions>();
  add_index_bench_flags(*command, *options);
  add_json_flag(*command, context);
  command->callback([&context, options] {
    context.run = [&context, options] {
      const auto done = run_index_bench(*options, context.json, context.stop);
      return done ? 0 : print_error(done.error());
    };
  });
}

}  // namespace

void add_bench_command(CLI::App& app, CommandContext& context) {
  CLI::App* bench = app.add_subcommand("bench", "Measure parts of the program beside others");
  bench->require_subcommand(1);
  add_index_command(*bench, context);
  add_bench_embeddings_command(*bench, context);
}

}  // namespace nozama
