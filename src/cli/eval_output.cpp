#include "cli/eval_output.h"

#include <fmt/format.h>

namespace nozama {
namespace {

void print_row(std::string_view name, const GateFigures& f) {
  fmt::print("{:<26} {:>8.3f} {:>8.3f} {:>9.3f} {:>7.3f} {:>10.3f}\n", name, f.recall_at_1.value, f.recall_at_5.value, f.recall_at_30.value, f.mrr.value,
             f.search_ms_p50);
}

std::string with_interval(const MeasuredFigure& figure) {
  return fmt::format("{:.3f} (95 % interval {:.3f} – {:.3f})", figure.value, figure.interval.low, figure.interval.high);
}

void print_gates(const EvaluationReport& report) {
  fmt::print("{:<26} {:>8} {:>8} {:>9} {:>7} {:>10}\n", "same product", "recall@1", "recall@5", "recall@30", "MRR", "search ms");
  print_row("soft gate (as served)", report.soft_gate);
  print_row("no gate", report.no_gate);
  print_row("hard gate", report.hard_gate);
  fmt::print("{:<26} {:>8.3f} {:>8.3f} {:>9.3f} {:>7.3f}\n", "right category, random", report.baseline.recall_at_1, report.baseline.recall_at_5,
             report.baseline.recall_at_30, report.baseline.mrr);
  if (report.lost_by_hard_gate > 0) {
    fmt::print("of {} queries that the hard gate loses and no gate answers within 30, the soft gate finds {}\n", report.lost_by_hard_gate,
               with_interval(report.found_by_soft_gate));
  }
}

void print_retrieval(std::string_view name, const LabelledRetrieval& r) {
  fmt::print("{:<26} {:>12.3f} {:>13.3f} {:>9.3f}   {} dimensions\n", name, measured_mean(r.precision_at_1).value, measured_mean(r.precision_at_10).value,
             measured_mean(r.average_precision_at_30).value, r.dimension);
}

}  // namespace

void print_evaluation(const EvaluationReport& report) {
  fmt::print("{} queries ({}), {} products, {} distractors; {}\n\n", report.queries,
             report.own_pictures ? "the catalogue's own pictures, each looked up without itself" : fmt::format("{} of them altered copies", report.altered),
             report.products, report.distractors, report.encoder_id);
  if (report.product_queries > 0) print_gates(report);
  fmt::print("\nresults of the same category: precision@1 {}, precision@10 {:.3f}, mAP@30 {:.3f}\n", with_interval(report.by_category.precision_at_1),
             report.by_category.precision_at_10.value, report.by_category.map_at_30.value);
  if (report.has_head) {
    fmt::print("category accuracy of the queries {}, calibration error {}\n", with_interval(report.category_accuracy), with_interval(report.calibration_error));
  }
  fmt::print("turned away by the default min_score: {:.1f} % of queries", 100 * report.refused);
  if (report.distractors > 0) fmt::print(", {:.1f} % of distractors", 100 * report.distractors_refused);
  fmt::print("\nms p50 / p95: decode {:.2f} / {:.2f}, encode {:.2f} / {:.2f}, search {:.3f} / {:.3f}, total {:.2f} / {:.2f}; {:.0f} pictures a second\n",
             report.decode.p50_ms, report.decode.p95_ms, report.encode.p50_ms, report.encode.p95_ms, report.search.p50_ms, report.search.p95_ms,
             report.total.p50_ms, report.total.p95_ms, report.pictures_per_second);
  for (const std::string& reason : report.skipped) fmt::print(stderr, "skipped: {}\n", reason);
}

void print_evaluation(const LabelledReport& report) {
  fmt::print("{} pictures of {} classes, learned from {}; {}\n\n", report.predictions.size(), report.classes.size(), report.train_pictures, report.encoder_id);
  fmt::print("accuracy {}, top-3 {:.3f}, macro-F1 {:.3f}\n", with_interval(report.accuracy), report.top3_accuracy, report.macro_f1);
  fmt::print("calibration error {}\n\n", with_interval(report.calibration_error));
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

void print_comparison(const EvaluationComparison& comparison) {
  fmt::print("{} queries; {} → {}\n\n", comparison.queries, comparison.before_encoder, comparison.after_encoder);
  fmt::print("{:<24} {:>8} {:>8} {:>8}   {:<18} {:>7}\n", "figure", "before", "after", "change", "95 % interval", "p");
  for (const ComparedFigure& figure : comparison.figures) {
    const std::string_view verdict = figure.worse() ? "worse" : (figure.significant() ? "better" : "");
    fmt::print("{:<24} {:>8.3f} {:>8.3f} {:>+8.3f}   {:<18} {:>7.4f}  {}\n", figure.name, figure.before, figure.after, figure.change.difference,
               fmt::format("{:+.3f} – {:+.3f}", figure.change.interval.low, figure.change.interval.high), figure.change.p, verdict);
  }
}

}  // namespace nozama
