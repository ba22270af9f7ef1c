#include "server/report_views.h"

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

}  // namespace

std::string import_report_json(const ImportReport& report) {
  json::array errors;
  for (const ImportRowError& error : report.errors) errors.push_back(json::object{{"line", error.line}, {"code", error.reason}, {"message", error.message}});
  return json::serialize(json::object{{"dialect", report.dialect},
                                      {"products", report.products},
                                      {"variants", report.variants},
                                      {"created", report.created},
                                      {"updated", report.updated},
                                      {"unchanged", report.unchanged},
                                      {"failed", report.failed},
                                      {"pictures", report.pictures},
                                      {"pictures_embedded", report.pictures_embedded},
                                      {"pictures_failed", report.pictures_failed},
                                      {"complete", report.complete},
                                      {"seconds", report.seconds},
                                      {"errors", std::move(errors)}});
}

std::string training_report_json(const TrainingReport& report) {
  return json::serialize(json::object{{"up_to_date", report.up_to_date},
                                      {"pictures", report.pictures},
                                      {"products", report.products},
                                      {"categories", report.categories},
                                      {"accuracy", report.accuracy},
                                      {"top3_accuracy", report.top3_accuracy},
                                      {"macro_f1", report.macro_f1},
                                      {"ece", report.expected_calibration_error},
                                      {"lambda", report.lambda},
                                      {"temperature", report.temperature},
                                      {"gate_weight", report.gate_weight},
                                      {"gate_mass", report.gate_mass},
                                      {"min_score", report.min_score},
                                      {"projection", report.projection},
                                      {"projection_dimension", report.projection_dimension},
                                      {"seconds", report.seconds},
                                      {"notes", texts(report.notes)}});
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

std::string doctor_json(const std::vector<DoctorFinding>& findings) {
  json::array array;
  bool healthy = true;
  for (const DoctorFinding& finding : findings) {
    const char* level = finding.level == DoctorFinding::Level::kOk ? "ok" : (finding.level == DoctorFinding::Level::kWarning ? "warning" : "problem");
    healthy = healthy && finding.level != DoctorFinding::Level::kProblem;
    array.push_back(json::object{{"level", level}, {"check", finding.check}, {"detail", finding.detail}});
  }
  return json::serialize(json::object{{"healthy", healthy}, {"findings", std::move(array)}});
}

}  // namespace nozama
