#include "server/evaluation_views.h"

#include <boost/json.hpp>
#include <cmath>

namespace nozama {
namespace {

namespace json = boost::json;

json::object latency(const LatencyFigures& f) { return {{"p50", f.p50_ms}, {"p95", f.p95_ms}}; }

json::array texts(const std::vector<std::string>& lines) {
  json::array array;
  for (const std::string& line : lines) array.emplace_back(line);
  return array;
}

json::array interval(const Interval& i) { return {i.low, i.high}; }

json::array numbers(const std::vector<double>& values) {
  json::array array;
  // Short, since there are many of them: 0 and 1 without a decimal point, and no digits that nobody reads.
  for (const double value : values) {
    array.push_back(value == 0 || value == 1 ? json::value(static_cast<int64_t>(value)) : json::value(std::round(value * 1e6) / 1e6));
  }
  return array;
}

void add(json::object& object, const std::string& name, const MeasuredFigure& figure) {
  object[name] = figure.value;
  object[name + "_ci95"] = interval(figure.interval);
}

json::object figures(const GateFigures& f) {
  json::object object;
  add(object, "recall_at_1", f.recall_at_1);
  add(object, "recall_at_5", f.recall_at_5);
  add(object, "recall_at_30", f.recall_at_30);
  add(object, "mrr", f.mrr);
  add(object, "search_ms", f.search_ms);
  object["search_ms_p50"] = f.search_ms_p50;
  return object;
}

json::object retrieval(const LabelledRetrieval& r) {
  json::object object{{"space", r.space}, {"dimension", r.dimension}};
  add(object, "precision_at_1", measured_mean(r.precision_at_1));
  add(object, "precision_at_10", measured_mean(r.precision_at_10));
  add(object, "map_at_30", measured_mean(r.average_precision_at_30));
  return object;
}

json::array tests(const std::vector<PairedTest>& paired) {
  json::array array;
  for (const PairedTest& test : paired) {
    json::object object{{"figure", test.figure},
                        {"of", test.of},
                        {"less", test.less},
                        {"difference", test.bootstrap.difference},
                        {"difference_ci95", interval(test.bootstrap.interval)},
                        {"bootstrap_p", test.bootstrap.p}};
    if (test.mcnemar >= 0) object["mcnemar_p"] = test.mcnemar;
    array.push_back(std::move(object));
  }
  return array;
}

json::array per_class(const LabelledReport& report, const std::vector<std::vector<int64_t>>& confusion) {
  json::array array;
  for (size_t c = 0; c < report.classes.size(); ++c) {
    int64_t actual = 0, predicted = 0;
    for (size_t other = 0; other < report.classes.size(); ++other) {
      actual += confusion[c][other];
      predicted += confusion[other][c];
    }
    const auto right = static_cast<double>(confusion[c][c]);
    array.push_back(json::object{{"class", report.classes[c]},
                                 {"pictures", actual},
                                 {"recall", actual > 0 ? json::value(right / static_cast<double>(actual)) : json::value(nullptr)},
                                 {"precision", predicted > 0 ? json::value(right / static_cast<double>(predicted)) : json::value(nullptr)},
                                 {"f1", actual > 0 ? json::value(2 * right / static_cast<double>(actual + predicted)) : json::value(nullptr)}});
  }
  return array;
}

json::array reliability(std::vector<Confidence> guesses) {
  json::array array;
  for (const ReliabilityBin& bin : reliability_bins(std::move(guesses))) {
    array.push_back(json::object{{"pictures", bin.predictions}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
  }
  return array;
}

json::array counts(const std::vector<std::vector<int64_t>>& matrix) {
  json::array rows;
  for (const std::vector<int64_t>& row : matrix) rows.push_back(json::array(row.begin(), row.end()));
  return rows;
}

json::object outcomes(const LabelledReport& report) {
  json::array labels, predicted;
  std::vector<double> confidence, right;
  for (const Prediction& prediction : report.predictions) {
    labels.emplace_back(prediction.label);
    predicted.emplace_back(predicted_class(prediction));
    confidence.push_back(prediction.probabilities[predicted_class(prediction)]);
    right.push_back(predicted_class(prediction) == prediction.label ? 1 : 0);
  }
  return {{"query", texts(report.names)},
          {"label", std::move(labels)},
          {"predicted", std::move(predicted)},
          {"confidence", numbers(confidence)},
          {"accuracy", numbers(right)},
          {"precision_at_1", numbers(report.learned.precision_at_1)},
          {"precision_at_10", numbers(report.learned.precision_at_10)},
          {"map_at_30", numbers(report.learned.average_precision_at_30)}};
}

std::vector<Confidence> guesses_of(const EvaluationReport& report) {
  std::vector<Confidence> guesses;
  for (const QueryOutcome& outcome : report.outcomes) guesses.push_back({outcome.confidence, outcome.guess == outcome.category});
  return guesses;
}

void add_head(const EvaluationReport& report, json::object& object) {
  boost::system::error_code error;
  json::value head = json::parse(report.head_report_json, error);
  object["head_held_out"] = error ? json::value(nullptr) : std::move(head);
  if (!report.has_head) return;
  add(object, "category_accuracy", report.category_accuracy);
  add(object, "ece", report.calibration_error);
  object["top3_accuracy"] = report.top3_accuracy;
  object["macro_f1"] = report.macro_f1;
  object["reliability"] = reliability(guesses_of(report));
}

json::array category_rows(const EvaluationReport& report) {
  json::array array;
  for (const CategoryRow& row : report.category_rows) {
    array.push_back(json::object{{"category", row.slug},
                                 {"products", row.products},
                                 {"queries", row.queries},
                                 {"accuracy", row.accuracy},
                                 {"recall_at_30", row.recall_at_30},
                                 {"map_at_30", row.map_at_30}});
  }
  return array;
}

// Ranks of queries whose product cannot be found are null.
json::object outcomes(const EvaluationReport& report) {
  json::array names, soft, none, hard;
  std::vector<double> confidence, right, precision_1, precision_10, average_precision;
  for (const QueryOutcome& outcome : report.outcomes) {
    names.emplace_back(outcome.name);
    const auto rank = [&outcome](const GateOutcome& gate) { return outcome.findable ? json::value(gate.rank) : json::value(nullptr); };
    soft.push_back(rank(outcome.soft));
    none.push_back(rank(outcome.none));
    hard.push_back(rank(outcome.hard));
    confidence.push_back(outcome.confidence);
    right.push_back(outcome.has_guess && outcome.guess == outcome.category ? 1 : 0);
    precision_1.push_back(precision_at(outcome.by_category, 1));
    precision_10.push_back(precision_at(outcome.by_category, 10));
    average_precision.push_back(average_precision_at(outcome.by_category, 30));
  }
  json::object object{{"query", std::move(names)},
                      {"rank", std::move(soft)},
                      {"rank_no_gate", std::move(none)},
                      {"rank_hard_gate", std::move(hard)},
                      {"precision_at_1", numbers(precision_1)},
                      {"precision_at_10", numbers(precision_10)},
                      {"map_at_30", numbers(average_precision)}};
  if (report.has_head) {
    object["accuracy"] = numbers(right);
    object["confidence"] = numbers(confidence);
  }
  return object;
}

}  // namespace

std::string labelled_report_json(const LabelledReport& report, bool per_query) {
  const auto confusion = confusion_matrix(report.predictions, report.classes.size());
  json::object object{{"kind", "labelled"}};
  add(object, "accuracy", report.accuracy);
  add(object, "ece", report.calibration_error);
  for (const auto& [name, value] : retrieval(report.learned)) {
    if (name == "space" || name == "dimension") continue;
    object[name] = value;
  }
  object["pictures_per_second"] = report.pictures_per_second;
  object["threads"] = report.threads;
  object["encoder"] = report.encoder_id;
  object["pictures"] = report.predictions.size();
  object["train_pictures"] = report.train_pictures;
  object["top3_accuracy"] = report.top3_accuracy;
  object["macro_f1"] = report.macro_f1;
  object["head"] = json::object{{"lambda", report.lambda}, {"temperature", report.temperature}, {"held_out_accuracy", report.held_out_accuracy}};
  object["retrieval"] = json::object{{"learned", retrieval(report.learned)}, {"pca", retrieval(report.pca)}, {"raw", retrieval(report.raw)}};
  object["tests"] = tests(report.tests);
  object["classes"] = texts(report.classes);
  object["per_class"] = per_class(report, confusion);
  object["confusion"] = counts(confusion);
  object["reliability"] = reliability(confidences(report.predictions));
  object["classes_only_in_train"] = texts(report.classes_only_in_train);
  object["classes_only_in_labelled"] = texts(report.classes_only_in_labelled);
  object["left_out"] = report.left_out;
  object["without_class"] = report.without_class;
  object["pictures_in_both"] = report.pictures_in_both;
  object["skipped"] = texts(report.skipped);
  if (per_query) object["per_query"] = outcomes(report);
  return json::serialize(object);
}

// The figures of the search as it is served stand at the top; the others beside them under their names.
std::string evaluation_report_json(const EvaluationReport& report, bool per_query) {
  json::object object{{"kind", "catalogue"}};
  for (const auto& [name, value] : figures(report.soft_gate)) object[name] = value;
  object["baseline_recall_at_1"] = report.baseline.recall_at_1;
  object["baseline_recall_at_5"] = report.baseline.recall_at_5;
  object["baseline_recall_at_30"] = report.baseline.recall_at_30;
  object["baseline_mrr"] = report.baseline.mrr;
  object["no_gate"] = figures(report.no_gate);
  object["hard_gate"] = figures(report.hard_gate);
  object["lost_by_hard_gate"] = report.lost_by_hard_gate;
  if (report.lost_by_hard_gate > 0) add(object, "found_by_soft_gate", report.found_by_soft_gate);
  json::object by_category;
  add(by_category, "precision_at_1", report.by_category.precision_at_1);
  add(by_category, "precision_at_10", report.by_category.precision_at_10);
  add(by_category, "recall_at_30", report.by_category.recall_at_30);
  add(by_category, "map_at_30", report.by_category.map_at_30);
  object["by_category"] = std::move(by_category);
  object["query_source"] = report.own_pictures ? "catalogue" : "photos";
  object["encoder"] = report.encoder_id;
  object["queries"] = report.queries;
  object["altered"] = report.altered;
  object["product_queries"] = report.product_queries;
  object["products"] = report.products;
  object["distractors"] = report.distractors;
  add_head(report, object);
  object["refused"] = report.refused;
  object["distractors_refused"] = report.distractors_refused;
  object["latency_ms"] = json::object{
      {"decode", latency(report.decode)}, {"encode", latency(report.encode)}, {"search", latency(report.search)}, {"total", latency(report.total)}};
  object["pictures_per_second"] = report.pictures_per_second;
  object["threads"] = report.threads;
  object["categories"] = category_rows(report);
  object["skipped"] = texts(report.skipped);
  if (per_query) object["per_query"] = outcomes(report);
  return json::serialize(object);
}

std::string comparison_json(const EvaluationComparison& comparison) {
  json::array figures_array;
  for (const ComparedFigure& figure : comparison.figures) {
    figures_array.push_back(json::object{{"figure", figure.name},
                                         {"queries", figure.queries},
                                         {"before", figure.before},
                                         {"after", figure.after},
                                         {"difference", figure.change.difference},
                                         {"difference_ci95", interval(figure.change.interval)},
                                         {"p", figure.change.p},
                                         {"significant", figure.significant()},
                                         {"worse", figure.worse()}});
  }
  return json::serialize(json::object{{"queries", comparison.queries},
                                      {"before_encoder", comparison.before_encoder},
                                      {"after_encoder", comparison.after_encoder},
                                      {"worse", comparison.worse()},
                                      {"figures", std::move(figures_array)}});
}

}  // namespace nozama
