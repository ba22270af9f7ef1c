#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/serve.h"
#include "engine/demo_shop.h"
#include "engine/import.h"
#include "engine/training.h"

namespace nozama {
namespace {

struct DemoFlags {
  std::string demo_dir = "demo";
  bool prepare_only = false;
};

Status import_demo(Workspace& workspace, const std::filesystem::path& demo_dir, std::stop_token stop) {
  ProgressLine line("importing the sample shop", "pictures");
  const auto report =
      import_feed(workspace, {.source = demo_dir / "catalogue.csv"}, [&line](const ImportProgress& p) { line.update(p.pictures_embedded, 0); }, stop);
  line.finish();
  if (!report) return propagate(report);
  if (!report->complete) return fail(ErrorCode::kCancelled, "cancelled", "stopped; the same command takes up the rest");
  if (!report->encoder_choice.empty()) fmt::print(stderr, "{}; the catalogue keeps it\n", report->encoder_choice);
  for (const ImportRowError& error : report->errors) fmt::print(stderr, "  {}\n", error.message);
  fmt::print(stderr, "{} products: {} new, {} changed, {} unchanged; {} pictures embedded now\n", report->products, report->created, report->updated,
             report->unchanged, report->pictures_embedded);
  return {};
}

Status train_demo(Workspace& workspace, std::stop_token stop) {
  ProgressLine line("training", "steps");
  const auto report = train_catalogue(workspace, {}, [&line](std::string_view, int64_t done, int64_t total) { line.update(done, total); }, stop);
  line.finish();
  if (!report) return propagate(report);
  if (!report->up_to_date) fmt::print(stderr, "category head: accuracy {:.3f} on products held out\n", report->accuracy);
  return {};
}

Status prepare(const Config& config, const DemoFlags& flags, std::stop_token stop) {
  WorkspaceOptions options = workspace_options(config, EncodeFor::kManyPhotos);
  options.create = true;
  const auto workspace = Workspace::open(options);
  if (!workspace) return propagate(workspace);
  const Status imported = import_demo(**workspace, flags.demo_dir, stop);
  if (!imported) return imported;
  const Status trained = train_demo(**workspace, stop);
  if (!trained) return trained;
  return set_up_demo_shop(**workspace, flags.demo_dir);
}

int run_demo(const CommandContext& context, const DemoFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const Status prepared = prepare(*config, flags, context.stop);
  if (!prepared) return print_error(prepared.error());
  return flags.prepare_only ? 0 : serve_until_stopped(*config, context.stop);
}

}  // namespace

void add_demo_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("demo", "Import the sample shop, train its categories and serve it; quick when nothing has changed");
  auto flags = std::make_shared<DemoFlags>();
  command->add_option("--demo-dir", flags->demo_dir, "folder of the sample shop [demo]");
  command->add_flag("--prepare-only", flags->prepare_only, "do not serve");
  add_options(*command, context,
              {"data", "database", "blobs", "models", "bundle", "precision", "threads", "listen", "cors-origins", "log-level", "log-format"});
  command->callback([&context, flags] { context.run = [&context, flags] { return run_demo(context, *flags); }; });
}

}  // namespace nozama
