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

struct ImportFlags {
  std::string source;
  std::string currency = "USD";
  bool full = false, dry_run = false;
};

void print_signals(const ImportReport& report) {
  if (report.events > 0) fmt::print("{} events\n", report.events);
  if (report.features > 0) fmt::print("{} image features, {} of products that the catalogue does not have\n", report.features, report.skipped);
  if (report.relations > 0) fmt::print("{} relations to other products\n", report.relations);
}

void print_report(const ImportReport& report) {
  if (report.dry_run) fmt::print("a dry run: nothing was stored\n");
  if (!report.encoder_choice.empty()) fmt::print("{}; the catalogue keeps it\n", report.encoder_choice);
  fmt::print("{}: {} products ({} variants): {} new, {} changed, {} unchanged, {} deleted\n", report.dialect, report.products, report.variants, report.created,
             report.updated, report.unchanged, report.deleted);
  print_signals(report);
  if (report.deletions_withheld) fmt::print("nothing was deleted: {} rows failed, or the feed has no products; correct them and import again\n", report.failed);
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

Result<ImportReport> import_or_preview(const ImportFlags& flags, const Config& config, const std::function<void(const ImportProgress&)>& progress,
                                       const std::stop_token& stop) {
  const ImportOptions options{.source = flags.source, .currency = flags.currency, .full = flags.full};
  WorkspaceOptions place = workspace_options(config, EncodeFor::kManyPhotos);
  place.create = !flags.dry_run;
  const auto workspace = Workspace::open(place);
  if (flags.dry_run && !workspace && workspace.error().code == ErrorCode::kNotFound) return preview_import(nullptr, options, progress, stop);
  if (!workspace) return propagate(workspace);
  return flags.dry_run ? preview_import(&(*workspace)->catalog(), options, progress, stop) : import_feed(**workspace, options, progress, stop);
}

int run_import(const CommandContext& context, const ImportFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  ProgressLine line(flags.dry_run ? "reading" : "importing", "products");
  const auto report = import_or_preview(
      flags, *config,
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
  CLI::App* command =
      app.add_subcommand("import",
                         "Import a feed (CSV, TSV, JSONL, Google Merchant, Shopify, WooCommerce, schema.org, Amazon's data sets; gzip too), or a folder tree\n"
                         "class/picture; safe to repeat. The kind of feed is known by its content");
  auto flags = std::make_shared<ImportFlags>();
  command->add_option("FEED", flags->source, "feed file, or folder of pictures")->required();
  add_currency_option(*command, flags->currency);
  command->add_flag("--full", flags->full, "the feed is the whole shop: delete the products that it does not have");
  command->add_flag("--dry-run", flags->dry_run, "report what the import would do, and store nothing");
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "precision", "threads", "fetch-networks", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_import(context, *flags); }; });
}

}  // namespace nozama
