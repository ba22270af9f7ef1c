#include "server/report_views.h"

#include <boost/json.hpp>

namespace nozama {
namespace {

namespace json = boost::json;

json::array texts(const std::vector<std::string>& lines) {
  json::array array;
  for (const std::string& line : lines) array.emplace_back(line);
  return array;
}

json::object duplicates(const DuplicateReport& report) {
  json::array examples;
  for (const DuplicateReport::Example& example : report.examples) examples.push_back(texts(example.product_ids));
  return {{"compared", report.compared}, {"groups", report.groups},   {"products", report.products},
          {"repeated", report.repeated}, {"seconds", report.seconds}, {"examples", std::move(examples)}};
}

json::array levels(const std::vector<LevelFigures>& figures) {
  json::array array;
  for (const LevelFigures& level : figures) {
    array.push_back(json::object{{"depth", level.depth}, {"categories", level.categories}, {"accuracy", level.accuracy}});
  }
  return array;
}

// Only the cells that are not 0: [row, column, pictures] by positions in `categories`; the row is the right category.
json::object confusion(const TrainingReport& report) {
  json::array cells;
  for (const ConfusionCell& cell : report.confusion) cells.push_back(json::array{cell.label, cell.predicted, cell.predictions});
  return {{"categories", texts(report.category_slugs)}, {"cells", std::move(cells)}};
}

json::object attribute(const AttributeReport& report) {
  return {{"name", report.name},         {"serves", report.serves},
          {"reason", report.reason},     {"values", report.values},
          {"products", report.products}, {"pictures", report.pictures},
          {"accuracy", report.accuracy}, {"majority_accuracy", report.majority_accuracy},
          {"macro_f1", report.macro_f1}, {"ece", report.expected_calibration_error}};
}

}  // namespace

std::string import_report_json(const ImportReport& report) {
  json::array errors;
  for (const ImportRowError& error : report.errors) errors.push_back(json::object{{"line", error.line}, {"code", error.reason}, {"message", error.message}});
  return json::serialize(json::object{{"dialect", report.dialect},
                                      {"encoder", report.encoder_id},
                                      {"products", report.products},
                                      {"variants", report.variants},
                                      {"created", report.created},
                                      {"updated", report.updated},
                                      {"unchanged", report.unchanged},
                                      {"deleted", report.deleted},
                                      {"failed", report.failed},
                                      {"events", report.events},
                                      {"features", report.features},
                                      {"relations", report.relations},
                                      {"skipped", report.skipped},
                                      {"pictures", report.pictures},
                                      {"pictures_fetched", report.pictures_fetched},
                                      {"pictures_embedded", report.pictures_embedded},
                                      {"pictures_failed", report.pictures_failed},
                                      {"dry_run", report.dry_run},
                                      {"deletions_withheld", report.deletions_withheld},
                                      {"complete", report.complete},
                                      {"seconds", report.seconds},
                                      {"near_duplicates", duplicates(report.duplicates)},
                                      {"errors", std::move(errors)}});
}

std::string reembed_report_json(const ReembedReport& report) {
  json::array errors;
  for (const PictureFault& fault : report.faults) {
    errors.push_back(json::object{{"picture", fault.content_hash}, {"source", fault.source}, {"code", fault.reason}, {"message", fault.message}});
  }
  json::object object{{"from", report.from},
                      {"to", report.to},
                      {"switched", report.switched},
                      {"complete", report.complete},
                      {"learned", report.learned},
                      {"pictures", report.pictures},
                      {"pictures_embedded", report.embedded},
                      {"pictures_failed", report.failed},
                      {"seconds", report.seconds},
                      {"errors", std::move(errors)}};
  if (report.pruned) {
    object["pruned"] = json::object{{"embeddings", report.pruned->embeddings},
                                    {"projections", report.pruned->projections},
                                    {"heads", report.pruned->heads},
                                    {"bytes", report.pruned->bytes}};
  }
  return json::serialize(object);
}

std::string training_report_json(const TrainingReport& report) {
  json::array attributes;
  for (const AttributeReport& one : report.attributes) attributes.push_back(attribute(one));
  return json::serialize(json::object{{"up_to_date", report.up_to_date},
                                      {"switched", report.switched},
                                      {"pictures", report.pictures},
                                      {"products", report.products},
                                      {"categories", report.categories},
                                      {"accuracy", report.accuracy},
                                      {"top3_accuracy", report.top3_accuracy},
                                      {"macro_f1", report.macro_f1},
                                      {"ece", report.expected_calibration_error},
                                      {"levels", levels(report.levels)},
                                      {"named_category",
                                       {{"threshold", report.specificity.threshold},
                                        {"named", report.specificity.answered},
                                        {"right", report.specificity.right},
                                        {"as_class", report.specificity.as_class}}},
                                      {"confusion_matrix", confusion(report)},
                                      {"attributes", std::move(attributes)},
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

std::string backup_report_json(const BackupReport& report, double seconds) {
  return json::serialize(json::object{{"created", report.manifest.created},
                                      {"products", report.manifest.products},
                                      {"change_seq", report.manifest.change_seq},
                                      {"pictures", report.manifest.pictures},
                                      {"pictures_copied", report.pictures_copied},
                                      {"pictures_kept", report.pictures_kept},
                                      {"pictures_removed", report.pictures_removed},
                                      {"lost", json::value_from(report.lost)},
                                      {"seconds", seconds}});
}

namespace {

const char* level_name(DoctorFinding::Level level) {
  switch (level) {
    case DoctorFinding::Level::kOk: return "ok";
    case DoctorFinding::Level::kRepaired: return "repaired";
    case DoctorFinding::Level::kWarning: return "warning";
    case DoctorFinding::Level::kProblem: return "problem";
  }
  return "";
}

}  // namespace

std::string doctor_json(const std::vector<DoctorFinding>& findings) {
  json::array array;
  bool healthy = true;
  for (const DoctorFinding& finding : findings) {
    const char* level = level_name(finding.level);
    healthy = healthy && finding.level != DoctorFinding::Level::kProblem;
    array.push_back(json::object{{"level", level}, {"check", finding.check}, {"detail", finding.detail}});
  }
  return json::serialize(json::object{{"healthy", healthy}, {"findings", std::move(array)}});
}

}  // namespace nozama
