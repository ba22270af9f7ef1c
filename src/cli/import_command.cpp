#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "engine/import.h"
#include "engine/training.h"
#include "server/report_views.h"

namespace nozama {
namespace {

constexpr size_t kErrorsShown = 20;

void print_report(const ImportReport& report) {
  if (!report.encoder_choice.empty()) fmt::print("{}; the catalogue keeps it\n", report.encoder_choice);
  fmt::print("{}: {} products ({} variants): {} new, {} changed, {} unchanged\n", report.dialect, report.products, report.variants, report.created,
             report.updated, report.unchanged);
  fmt::print("{} pictures, {} embedded now, {} failed, in {}\n", report.pictures, report.pictures_embedded, report.pictures_failed,
             format_duration(report.seconds));
  if (const std::string duplicates = describe(report.duplicates); !duplicates.empty()) fmt::print("{}\n", duplicates);
}

void print_errors(const ImportReport& report) {
  for (size_t i = 0; i < std::min(report.errors.size(), kErrorsShown); ++i) {
    fmt::print(stderr, "  {}\n", report.errors[i].message);
  }
  if (report.errors.size() > kErrorsShown) fmt::print(stderr, "  … and {} more\n", report.errors.size() - kErrorsShown);
}

int run_import(const CommandContext& context, const std::string& source) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  WorkspaceOptions options = workspace_options(*config, EncodeFor::kManyPhotos);
  options.create = true;
  const auto workspace = Workspace::open(options);
  if (!workspace) return print_error(workspace.error());

  ProgressLine line("importing", "products");
  const auto report = import_feed(
      **workspace, {.source = source},
      [&line](const ImportProgress& p) {
        // The feed's size in products is not known, so it is estimated from the share of it that has been read.
        const double share = p.bytes_total > 0 ? static_cast<double>(p.bytes_done) / static_cast<double>(p.bytes_total) : 0;
        line.update(p.products, share > 0 ? static_cast<int64_t>(static_cast<double>(p.products) / share) : 0);
      },
      context.stop);
  line.finish();
  if (!report) return print_error(report.error());
  if (context.json) {
    fmt::print("{}\n", import_report_json(*report));
  } else {
    print_report(*report);
  }
  print_errors(*report);
  if (!report->complete) {
    fmt::print(stderr, "stopped; the same command takes up the rest\n");
    return exit_code(ErrorCode::kCancelled);
  }
  return report->failed + report->pictures_failed > 0 ? kExitPartly : 0;
}

}  // namespace

void add_import_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("import", "Import a CSV, TSV or JSONL feed, or a folder tree class/picture; safe to repeat");
  auto source = std::make_shared<std::string>();
  command->add_option("FEED", *source, "feed file, or folder of pictures")->required();
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "precision", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, source] { context.run = [&context, source] { return run_import(context, *source); }; });
}

}  // namespace nozama
