#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/progress.h"
#include "engine/evaluation.h"
#include "server/report_views.h"

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

int run_eval(const CommandContext& context, const EvaluationOptions& options) {
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

}  // namespace

void add_eval_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("eval", "Measure recall, accuracy and latency on photos whose product is known");
  auto options = std::make_shared<EvaluationOptions>();
  command->add_option("--queries", options->queries, "CSV file with the columns picture, product_id")->required();
  command->add_option("--distractors", options->distractors, "folder of other pictures to hide the products among");
  add_options(*command, context, {"data", "models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, options] { context.run = [&context, options] { return run_eval(context, *options); }; });
}

}  // namespace nozama
