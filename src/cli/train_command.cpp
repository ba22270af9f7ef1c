#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"
#include "cli/progress.h"
#include "engine/training.h"
#include "server/report_views.h"

namespace nozama {
namespace {

void print_levels(const TrainingReport& report) {
  for (const LevelFigures& level : report.levels) {
    fmt::print("  level {}: {} categories told apart with accuracy {:.3f}\n", level.depth + 1, level.categories, level.accuracy);
  }
  const SpecificityFit& named = report.specificity;
  fmt::print("a category is named from probability {:.2f} on: for {:.1f} % of the pictures, {:.1f} % of the names right\n", named.threshold,
             100 * named.answered, 100 * named.right);
}

void print_confusions(const TrainingReport& report) {
  constexpr size_t kShown = 5;
  std::vector<ConfusionCell> mistakes;
  for (const ConfusionCell& cell : report.confusion) {
    if (cell.label != cell.predicted) mistakes.push_back(cell);
  }
  std::ranges::stable_sort(mistakes, std::ranges::greater{}, &ConfusionCell::predictions);
  for (size_t i = 0; i < std::min(kShown, mistakes.size()); ++i) {
    fmt::print("{} {:<24} taken for {:<24} {:>5}\n", i == 0 ? "confused most:" : "              ", report.category_slugs[mistakes[i].label],
               report.category_slugs[mistakes[i].predicted], mistakes[i].predictions);
  }
}

void print_attributes(const std::vector<AttributeReport>& attributes) {
  for (const AttributeReport& one : attributes) {
    if (one.serves) {
      fmt::print("attribute {}: {} values, accuracy {:.3f} (commonest value {:.3f}), calibration error {:.3f}\n", one.name, one.values, one.accuracy,
                 one.majority_accuracy, one.expected_calibration_error);
    } else {
      fmt::print("attribute {}: not served; {}\n", one.name, one.reason);
    }
  }
}

void print_report(const TrainingReport& report) {
  if (report.up_to_date) {
    fmt::print("the category head is up to date; --force trains it again\n");
    return;
  }
  fmt::print("{} pictures of {} products in {} categories, {} in {}\n", report.pictures, report.products, report.categories, "trained",
             format_duration(report.seconds));
  fmt::print("on products held out: accuracy {:.3f}, top-3 {:.3f}, macro-F1 {:.3f}, calibration error {:.3f}\n", report.accuracy, report.top3_accuracy,
             report.macro_f1, report.expected_calibration_error);
  print_levels(report);
  print_confusions(report);
  print_attributes(report.attributes);
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
  command->add_option("--attributes", options->attributes,
                      "attributes to learn beside the categories: all, none, or names such as colour,brand; kept for the next time "
                      "[colour,color,material,pattern,brand, as far as there are any]");
  command->add_flag("--force", options->force, "train although nothing has changed, and switch even to a worse head");
  add_options(*command, context, {"data", "database", "blobs", "models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, options] { context.run = [&context, options] { return run_train(context, *options); }; });
}

}  // namespace nozama
