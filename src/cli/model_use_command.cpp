#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/model_commands.h"
#include "cli/progress.h"
#include "engine/reembed.h"
#include "server/report_views.h"

namespace nozama {
namespace {

constexpr size_t kFaultsShown = 20;

struct UseFlags {
  std::string encoder;  // NAME or NAME/PRECISION
  bool prune = false;
};

Result<ReembedOptions> parse_flags(const UseFlags& flags) {
  ReembedOptions options;
  options.prune = flags.prune;
  const size_t slash = flags.encoder.find('/');
  options.bundle = flags.encoder.substr(0, slash);
  if (slash == std::string::npos) return options;
  options.precision = parse_precision(std::string_view(flags.encoder).substr(slash + 1));
  if (options.precision) return options;
  return fail(ErrorCode::kInvalidArgument, "bad_precision",
              fmt::format("'{}' is not NAME/PRECISION with f32, bf16 or int8, such as efficientnet-lite2/bf16", flags.encoder));
}

void print_report(const ReembedReport& report) {
  if (!report.choice.empty()) fmt::print("{}\n", report.choice);
  const std::string counts =
      fmt::format("{} pictures, {} embedded now, {} failed, in {}", report.pictures, report.embedded, report.failed, format_duration(report.seconds));
  if (report.switched) {
    fmt::print("{} serves now{}; {}\n", report.to, report.from.empty() ? "" : fmt::format(" instead of {}", report.from), counts);
    if (report.pictures > 0)
      fmt::print("{}\n", report.learned ? "projection and categories are learned anew" : "projection and categories are those of its last use");
  } else if (report.complete) {
    fmt::print("{} served already; {}\n", report.to, counts);
  }
  if (report.pruned) {
    fmt::print("removed {} embeddings, {} projections and {} heads that nothing used, {} MiB\n", report.pruned->embeddings, report.pruned->projections,
               report.pruned->heads, report.pruned->bytes >> 20);
  }
}

void print_faults(const ReembedReport& report) {
  for (size_t i = 0; i < std::min(report.faults.size(), kFaultsShown); ++i) fmt::print(stderr, "  {}\n", report.faults[i].message);
  if (report.faults.size() > kFaultsShown) fmt::print(stderr, "  … and {} more\n", report.faults.size() - kFaultsShown);
  if (report.failed > 0) fmt::print(stderr, "these pictures are not found by searches; import the feed again to restore them\n");
}

int run_use(const CommandContext& context, const UseFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto options = parse_flags(flags);
  if (!options) return print_error(options.error());
  const auto bundle = named_bundle(context, options->bundle);
  if (!bundle) return print_error(bundle.error());
  const auto workspace = Workspace::open(workspace_options(*config, EncodeFor::kManyPhotos));
  if (!workspace) return print_error(workspace.error());
  StageLines lines("embedding", "pictures", "steps");
  const auto report = change_encoder(**workspace, *options, std::ref(lines), context.stop);
  lines.finish();
  if (!report) return print_error(report.error());
  if (context.json) {
    fmt::print("{}\n", reembed_report_json(*report));
  } else {
    print_report(*report);
  }
  print_faults(*report);
  if (!report->complete) {
    fmt::print(stderr, "stopped; {} serves on, and the same command takes up the rest\n", report->from);
    return exit_code(ErrorCode::kCancelled);
  }
  return report->failed > 0 ? kExitPartly : 0;
}

}  // namespace

void add_model_use_command(CLI::App& model, CommandContext& context) {
  CLI::App* command = model.add_subcommand("use", "Change the catalogue over to another encoder or precision; the old one serves meanwhile");
  auto flags = std::make_shared<UseFlags>();
  command->add_option("ENCODER", flags->encoder, "bundle, or bundle/precision; without a precision the best one is measured")->required();
  command->add_flag("--prune", flags->prune, "then remove what earlier encoders left; without it, going back takes seconds");
  add_options(*command, context, {"data", "database", "blobs", "models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_use(context, *flags); }; });
}

}  // namespace nozama
