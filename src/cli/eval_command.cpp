#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "engine/evaluation.h"
#include "engine/labelled_evaluation.h"
#include "server/evaluation_views.h"

namespace nozama {
namespace {

void print_row(std::string_view name, const RetrievalFigures& f) {
  fmt::print("{:<26} {:>8.3f} {:>8.3f} {:>9.3f} {:>7.3f}\n", name, f.recall_at_1, f.recall_at_5, f.recall_at_30, f.mrr);
}

void print_report(const EvaluationReport& report) {
  fmt::print("{} queries, {} products, {} distractors\n\n", report.queries, report.products, report.distractors);
  fmt::print("{:<26} {:>8} {:>8} {:>9} {:>7}\n", "", "recall@1", "recall@5", "recall@30", "MRR");
  print_row("soft gate (as served)", report.soft_gate);
  print_row("no gate", report.no_gate);
  print_row("hard gate", report.hard_gate);
  print_row("right category, random", report.baseline);
  fmt::print("\ncategory accuracy of the queries {:.3f} (95 % interval {:.3f} – {:.3f})\n", report.category_accuracy, report.category_accuracy_low,
             report.category_accuracy_high);
  fmt::print("turned away by the default min_score: {:.1f} % of queries", 100 * report.refused);
  if (report.distractors > 0) fmt::print(", {:.1f} % of distractors", 100 * report.distractors_refused);
  fmt::print("\nms p50 / p95: decode {:.2f} / {:.2f}, encode {:.2f} / {:.2f}, search {:.3f} / {:.3f}, total {:.2f} / {:.2f}\n", report.decode.p50_ms,
             report.decode.p95_ms, report.encode.p50_ms, report.encode.p95_ms, report.search.p50_ms, report.search.p95_ms, report.total.p50_ms,
             report.total.p95_ms);
  for (const std::string& reason : report.skipped) fmt::print(stderr, "skipped: {}\n", reason);
}

int run_catalogue(const CommandContext& context, const EvaluationOptions& options) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto engine = open_engine(*config);
  if (!engine) return print_error(engine.error());
  ProgressLine line("evaluating", "photos");
  const auto report = evaluate_queries(**engine, options, [&line](int64_t done, int64_t total) { line.update(done, total); }, context.stop);
  line.finish();
  if (!report) return print_error(report.error());
  if (context.json) {
    fmt::print("{}\n", evaluation_report_json(*report));
  } else {
    print_report(*report);
  }
  return 0;
}

void print_retrieval(std::string_view name, const LabelledRetrieval& r) {
  fmt::print("{:<26} {:>12.3f} {:>13.3f} {:>9.3f}   {} dimensions\n", name, measured_mean(r.precision_at_1).value, measured_mean(r.precision_at_10).value,
             measured_mean(r.average_precision_at_30).value, r.dimension);
}

void print_report(const LabelledReport& report) {
  fmt::print("{} pictures of {} classes, learned from {}; {}\n\n", report.predictions.size(), report.classes.size(), report.train_pictures, report.encoder_id);
  fmt::print("accuracy {:.3f} (95 % interval {:.3f} – {:.3f}), top-3 {:.3f}, macro-F1 {:.3f}\n", report.accuracy.value, report.accuracy.interval.low,
             report.accuracy.interval.high, report.top3_accuracy, report.macro_f1);
  fmt::print("calibration error {:.3f} (95 % interval {:.3f} – {:.3f})\n\n", report.calibration_error.value, report.calibration_error.interval.low,
             report.calibration_error.interval.high);
  fmt::print("{:<26} {:>12} {:>13} {:>9}\n", "retrieval", "precision@1", "precision@10", "mAP@30");
  print_retrieval("learned (" + report.learned.space + ")", report.learned);
  print_retrieval("principal components", report.pca);
  print_retrieval("encoder alone", report.raw);
  fmt::print("\n{:.0f} pictures a second with {} threads\n", report.pictures_per_second, report.threads);
  for (const std::string& name : report.classes_only_in_labelled) fmt::print(stderr, "left out: class '{}' is not in the training folder\n", name);
  if (report.without_class > 0) fmt::print(stderr, "left out: {} pictures that lie in no class's folder\n", report.without_class);
  if (report.pictures_in_both > 0) fmt::print(stderr, "warning: {} pictures are in both folders; these figures flatter\n", report.pictures_in_both);
  for (const std::string& reason : report.skipped) fmt::print(stderr, "skipped: {}\n", reason);
}

int run_labelled(const CommandContext& context, LabelledEvaluationOptions options) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  options.models_dir = config->models_dir;
  options.bundle = config->bundle;
  options.threads = static_cast<size_t>(config->threads);
  std::optional<ProgressLine> line;
  std::string shown;
  const auto progress = [&](std::string_view stage, int64_t done, int64_t total) {
    if (stage != shown) {
      line.emplace(stage, stage == "category head" ? "steps" : "pictures");
      shown = stage;
    }
    line->update(done, total);
  };
  const auto report = evaluate_labelled(options, progress, context.stop);
  line.reset();
  if (!report) return print_error(report.error());
  if (context.json) {
    fmt::print("{}\n", labelled_report_json(*report, false));
  } else {
    print_report(*report);
  }
  return 0;
}

struct EvalFlags {
  EvaluationOptions catalogue;
  LabelledEvaluationOptions labelled;
};

int run_eval(const CommandContext& context, const EvalFlags& flags) {
  const bool train = !flags.labelled.train.empty(), labelled = !flags.labelled.labelled.empty();
  if (train != labelled) {
    return print_error(
        {ErrorCode::kInvalidArgument, "bad_arguments", "--train and --labelled are given together: the folder to learn from and the one to measure on"});
  }
  if (labelled) return run_labelled(context, flags.labelled);
  return run_catalogue(context, flags.catalogue);
}

}  // namespace

void add_eval_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("eval", "Measure recall, accuracy and latency, on a catalogue or on folders of labelled photographs");
  auto flags = std::make_shared<EvalFlags>();
  command->add_option("--queries", flags->catalogue.queries, "CSV file with the columns picture, product_id");
  command->add_option("--distractors", flags->catalogue.distractors, "folder of other pictures to hide the products among");
  command->add_option("--train", flags->labelled.train, "folder class/picture to learn a head and a space from; needs no --data");
  command->add_option("--labelled", flags->labelled.labelled, "folder class/picture to measure on, with --train");
  add_options(*command, context, {"data", "models", "bundle", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_eval(context, *flags); }; });
}

}  // namespace nozama
