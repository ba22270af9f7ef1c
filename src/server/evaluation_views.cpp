#include "server/evaluation_views.h"

#include <boost/json.hpp>

namespace nozama {
namespace {

namespace json = boost::json;

json::object figures(const RetrievalFigures& f) {
  return {{"recall_at_1", f.recall_at_1}, {"recall_at_5", f.recall_at_5}, {"recall_at_30", f.recall_at_30}, {"mrr", f.mrr}, {"search_ms_p50", f.search_ms_p50}};
}

json::object latency(const LatencyFigures& f) { return {{"p50", f.p50_ms}, {"p95", f.p95_ms}}; }

json::array texts(const std::vector<std::string>& lines) {
  json::array array;
  for (const std::string& line : lines) array.emplace_back(line);
  return array;
}

json::array interval(const Interval& i) { return {i.low, i.high}; }

json::array numbers(const std::vector<double>& values) {
  json::array array;
  // 0 and 1 without a decimal point: there are many of them.
  for (const double value : values) array.push_back(value == 0 || value == 1 ? json::value(static_cast<int64_t>(value)) : json::value(value));
  return array;
}

json::object retrieval(const LabelledRetrieval& r) {
  json::object object{{"space", r.space}, {"dimension", r.dimension}};
  const auto add = [&object](const std::string& name, const std::vector<double>& values) {
    const MeasuredFigure figure = measured_mean(values);
    object[name] = figure.value;
    object[name + "_ci95"] = interval(figure.interval);
  };
  add("precision_at_1", r.precision_at_1);
  add("precision_at_10", r.precision_at_10);
  add("map_at_30", r.average_precision_at_30);
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

json::array reliability(const std::vector<Prediction>& predictions) {
  json::array array;
  for (const ReliabilityBin& bin : reliability_bins(confidences(predictions))) {
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

}  // namespace

std::string labelled_report_json(const LabelledReport& report, bool per_query) {
  const auto confusion = confusion_matrix(report.predictions, report.classes.size());
  json::object object{{"kind", "labelled"},
                      {"accuracy", report.accuracy.value},
                      {"accuracy_ci95", interval(report.accuracy.interval)},
                      {"ece", report.calibration_error.value},
                      {"ece_ci95", interval(report.calibration_error.interval)}};
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
  object["reliability"] = reliability(report.predictions);
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
std::string evaluation_report_json(const EvaluationReport& report) {
  json::object object = figures(report.soft_gate);
  object["baseline_recall_at_1"] = report.baseline.recall_at_1;
  object["baseline_recall_at_5"] = report.baseline.recall_at_5;
  object["baseline_recall_at_30"] = report.baseline.recall_at_30;
  object["baseline_mrr"] = report.baseline.mrr;
  object["no_gate"] = figures(report.no_gate);
  object["hard_gate"] = figures(report.hard_gate);
  object["queries"] = report.queries;
  object["products"] = report.products;
  object["distractors"] = report.distractors;
  object["category_accuracy"] = report.category_accuracy;
  object["category_accuracy_ci95"] = json::array{report.category_accuracy_low, report.category_accuracy_high};
  boost::system::error_code error;
  json::value head = json::parse(report.head_report_json, error);
  object["head_held_out"] = error ? json::value(nullptr) : std::move(head);
  object["refused"] = report.refused;
  object["distractors_refused"] = report.distractors_refused;
  object["latency_ms"] = json::object{
      {"decode", latency(report.decode)}, {"encode", latency(report.encode)}, {"search", latency(report.search)}, {"total", latency(report.total)}};
  object["skipped"] = texts(report.skipped);
  return json::serialize(object);
}

}  // namespace nozama
