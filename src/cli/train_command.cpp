#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "engine/training.h"
#include "server/report_views.h"

namespace nozama {
namespace {

void print_report(const TrainingReport& report) {
  if (report.up_to_date) {
    fmt::print("the category head is up to date; --force trains it again\n");
    return;
  }
  fmt::print("{} pictures of {} products in {} categories, {} in {}\n", report.pictures, report.products, report.categories, "trained",
             format_duration(report.seconds));
  fmt::print("on products held out: accuracy {:.3f}, top-3 {:.3f}, macro-F1 {:.3f}, calibration error {:.3f}\n", report.accuracy, report.top3_accuracy,
             report.macro_f1, report.expected_calibration_error);
  fmt::print("projection {} to {}; gate weight {:.3f}, probability mass {:.3f}; min_score {:.2f}\n", report.projection, report.projection_dimension,
             report.gate_weight, report.gate_mass, report.min_score);
  for (const std::string& note : report.notes) fmt::print("note: {}\n", note);
}

int run_train(const CommandContext& context, const TrainingOptions& options) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto workspace = Workspace::open(workspace_options(*config, EncodeFor::kManyPhotos));
  if (!workspace) return print_error(workspace.error());
  ProgressLine line("training", "steps");
  const auto report = train_catalogue(**workspace, options, [&line](std::string_view, int64_t done, int64_t total) { line.update(done, total); }, context.stop);
  line.finish();
  if (!report) return print_error(report.error());
  if (context.json) {
    fmt::print("{}\n", training_report_json(*report));
  } else {
    print_report(*report);
  }
  return 0;
}

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("train", "Learn the shop's categories from its own pictures");
  auto options = std::make_shared<TrainingOptions>();
  command->add_option("--seed", options->seed, "seed of the splits [1]");
  command->add_flag("--force", options->force, "train although nothing has changed, and switch even to a worse head");
  add_options(*command, context, {"data", "models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, options] { context.run = [&context, options] { return run_train(context, *options); }; });
}

}  // namespace nozama
