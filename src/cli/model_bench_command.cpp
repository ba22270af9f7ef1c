#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/model_commands.h"
#include "model/encoder_bench.h"
#include "server/model_views.h"

namespace nozama {
namespace {

struct BenchFlags {
  std::vector<std::string> names;
  double seconds = 1;
};

Result<std::vector<BundleManifest>> bundles_to_time(const CommandContext& context, const BenchFlags& flags, const std::filesystem::path& models) {
  if (flags.names.empty()) return list_bundles(models);
  std::vector<BundleManifest> bundles;
  for (const std::string& name : flags.names) {
    auto bundle = named_bundle(context, name);
    if (!bundle) return propagate(bundle);
    bundles.push_back(std::move(*bundle));
  }
  return bundles;
}

void print_timings(const BundleTimings& bundle) {
  for (const PrecisionTiming& timing : bundle.timings) {
    const bool best = timing.precision == best_precision(bundle.timings);
    fmt::print("{:<22} {:<9} {:>15.1f} {:>13.1f} {:>8.2f}{}\n", bundle.name, precision_name(timing.precision), timing.one_picture_ms,
               timing.pictures_per_second, speed_up(bundle, timing), best ? "  best" : "");
  }
}

int run_bench(const CommandContext& context, const BenchFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto models = models_dir_of(context);
  if (!models) return print_error(models.error());
  const auto bundles = bundles_to_time(context, flags, *models);
  if (!bundles) return print_error(bundles.error());
  const size_t threads = config->threads > 0 ? static_cast<size_t>(config->threads) : processors_for_encoding();
  std::vector<BundleTimings> all;
  if (!context.json) fmt::print("{:<22} {:<9} {:>15} {:>13} {:>8}\n", "bundle", "precision", "one picture, ms", "pictures/s", "to f32");
  for (const BundleManifest& bundle : *bundles) {
    if (context.json) fmt::print(stderr, "timing {} ({} of {})\n", bundle.name, all.size() + 1, bundles->size());
    PrecisionBenchOptions options;
    options.threads = threads;
    options.seconds = flags.seconds;
    options.stop = context.stop;
    const auto timings = bench_precisions(*models / bundle.name, options);
    if (!timings) return print_error(timings.error());
    all.push_back({bundle.name, bundle.version, *timings});
    if (!context.json) print_timings(all.back());
  }
  if (context.json) fmt::print("{}\n", bundle_timings_json(all, threads));
  return 0;
}

}  // namespace

void add_model_bench_command(CLI::App& model, CommandContext& context) {
  CLI::App* command = model.add_subcommand("bench", "Time the encoder bundles in every precision on this machine");
  auto flags = std::make_shared<BenchFlags>();
  command->add_option("names", flags->names, "the bundles' names [all]");
  command->add_option("--seconds", flags->seconds, "of encoding for each precision [1]")->check(CLI::Range(0.01, 600.0));
  add_options(*command, context, {"models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_bench(context, *flags); }; });
}

}  // namespace nozama
