#include "engine/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <set>
#include <span>

#include "base/clock.h"
#include "base/half.h"
#include "catalog/catalog.h"
#include "engine/category_examples.h"
#include "engine/identity_space.h"
#include "engine/serving_model.h"
#include "engine/workspace.h"
#include "model/encoder.h"
#include "model/input_scale.h"
#include "train/logistic.h"
#include "train/projection.h"
#include "train/self_retrieval.h"

namespace nozama {
namespace {

constexpr int64_t kPcaPicturesMin = 1000;  // below it a seeded orthogonal projection serves
constexpr size_t kPcaRowsMax = 6000;       // a sample this large settles the covariance
constexpr double kRelearnGrowth = 2.0;     // a projection is learned again when the catalogue has grown this much

constexpr const char* kAttributesSetting = "train.attributes";

struct LearnedProjection {
  Projection projection;
  int64_t pictures = 0;  // 0 = a seeded one
};

LearnedProjection projection_of(std::span<const float> sample, size_t dim, int64_t pictures) {
  const int out = std::min(kIndexDimension, static_cast<int>(dim));
  if (pictures < kPcaPicturesMin) {
    LearnedProjection seeded{seeded_orthogonal(static_cast<int>(dim), out, 1), 0};
    seeded.projection.scale = suited_scale(sample);
    return seeded;
  }
  return {fit_pca(sample, dim, static_cast<size_t>(out)), pictures};
}

// Every n-th row, so that the sample covers the whole catalogue.
size_t sample_step(int64_t pictures) { return std::max<size_t>(1, static_cast<size_t>(pictures) / kPcaRowsMax); }

LearnedProjection learn_projection(const Dataset& data) {
  std::vector<float> sample;
  for (size_t i = 0; i < data.rows(); i += sample_step(std::ssize(data.labels))) sample.insert(sample.end(), data.row(i).begin(), data.row(i).end());
  return projection_of(sample, data.dim, std::ssize(data.labels));
}

// The same, without holding every picture.
Result<LearnedProjection> learn_projection(Workspace& workspace, const std::string& encoder_id, size_t dim, int64_t pictures) {
  std::vector<float> sample;
  size_t seen = 0;
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&](const IndexRow& row) {
    if (seen++ % sample_step(pictures) == 0 && row.embedding.size() == 2 * dim) {
      const std::vector<float> values = decode_half(row.embedding);
      sample.insert(sample.end(), values.begin(), values.end());
    }
    return Status{};
  });
  if (!read) return propagate(read);
  return projection_of(sample, dim, pictures);
}

Dataset project(const Dataset& data, const Projection& projection) {
  Dataset projected;
  projected.dim = static_cast<size_t>(projection.out);
  projected.labels = data.labels;
  projected.groups = data.groups;
  projected.features.resize(data.rows() * projected.dim);
  for (size_t i = 0; i < data.rows(); ++i) {
    projection.apply_to(data.row(i), std::span(projected.features.data() + i * projected.dim, projected.dim));
  }
  return projected;
}

std::string head_report_json(const HeadTrainingReport& report, const CategoryExamples& examples) {
  return fmt::format(
      R"({{"accuracy":{:.6f},"top3_accuracy":{:.6f},"macro_f1":{:.6f},"expected_calibration_error":{:.6f},"lambda":{},"temperature":{:.6f},"pictures":{},"categories":{}}})",
      report.accuracy, report.top3_accuracy, report.macro_f1, report.expected_calibration_error, report.lambda, report.temperature, examples.data.rows(),
      examples.classes.size());
}

// The newest change that training could have learned from: the serving switch itself is not news.
bool up_to_date(const ServingModel& model, int64_t current_seq) { return model.head && model.parameters.trained_seq >= current_seq; }

std::string projection_kind(const ServingParameters& parameters) {
  if (parameters.projection_of_identities != 0) return "identities";
  return parameters.projection_pictures > 0 ? "pca" : "orthogonal";
}

void fill_report(const HeadTrainingReport& head, const ServingModel& model, TrainingReport& report) {
  report.accuracy = head.accuracy;
  report.top3_accuracy = head.top3_accuracy;
  report.macro_f1 = head.macro_f1;
  report.expected_calibration_error = head.expected_calibration_error;
  report.lambda = head.lambda;
  report.temperature = head.temperature;
  report.gate_weight = model.parameters.gate.weight;
  report.gate_mass = model.parameters.gate.mass;
  report.min_score = model.parameters.min_score;
  report.projection = projection_kind(model.parameters);
  report.projection_dimension = model.projection.out;
}

// Saves the projection and puts it into the model, whose parameters say already what it was learned from.
Status take_projection(Workspace& workspace, Projection projection, ServingModel& model) {
  const auto saved = workspace.catalog().save_projection(
      {model.encoder_id, projection.serialise(),
       fmt::format(R"({{"kind":"{}","pictures":{}}})", projection_kind(model.parameters), model.parameters.projection_pictures)});
  if (!saved) return propagate(saved);
  model.projection = std::move(projection);
  model.row.encoder_id = model.encoder_id;
  model.row.projection = *saved;
  model.parameters.trained_seq = 0;  // similarities have changed: gate and threshold must be fitted again
  model.row.parameters_json = serving_parameters_json(model.parameters);
  return {};
}

// Saves a projection of the model's encoder that was learned without labels, and puts it into the model.
Status take_learned(Workspace& workspace, LearnedProjection learned, ServingModel& model) {
  model.parameters.projection_pictures = learned.pictures;
  model.parameters.projection_of_identities = 0;
  return take_projection(workspace, std::move(learned.projection), model);
}

// The space of the shop's own products where it is better than principal components, else these. Returns what decided.
Result<std::string> choose_projection(Workspace& workspace, const TrainingPictures& pictures, ServingModel& model, const TrainingOptions& options,
                                      const std::stop_token& stop) {
  if (model.parameters.projection_pictures == 0) return std::string();
  const bool was_of_identities = model.parameters.projection_of_identities != 0;
  Projection pca = was_of_identities ? learn_projection(pictures.data).projection : model.projection;
  auto space = learn_identity_space(pictures, pca, {.seed = options.seed, .threads = workspace.threads()}, stop);
  if (!space) return propagate(space);
  model.parameters.projection_of_identities = space->projection ? 1 : 0;
  if (!space->projection && !was_of_identities) return space->reason;
  const Status taken = take_projection(workspace, space->projection ? std::move(*space->projection) : std::move(pca), model);
  if (!taken) return propagate(taken);
  return space->reason;
}

Result<AttributeSelection> attribute_selection(Catalog& catalog, const TrainingOptions& options) {
  if (options.attributes) return parse_attribute_selection(*options.attributes);
  const auto kept = catalog.setting(kAttributesSetting);
  if (!kept) return propagate(kept);
  auto selection = parse_attribute_selection(kept->value_or(std::string(kUsualAttributes)));
  if (selection) selection->must_exist = false;  // the catalogue may have changed since
  return selection;
}

struct LearnedHeads {
  TrainedHead categories;
  TrainedAttributes attributes;
};

Result<LearnedHeads> learn_heads(Workspace& workspace, const TrainingPictures& pictures, const CategoryExamples& examples, const TrainingOptions& options,
                                 const StageProgress& progress, const std::stop_token& stop) {
  const auto selection = attribute_selection(workspace.catalog(), options);
  if (!selection) return propagate(selection);
  const auto stage = [&progress](std::string_view name) {
    return [&progress, name](int64_t done, int64_t total) {
      if (progress) progress(name, done, total);
    };
  };
  AttributeTrainingOptions attribute_options{.selection = *selection, .seed = options.seed, .threads = workspace.threads()};
  const auto stated = read_attributes(workspace.catalog(), pictures, attribute_options);
  if (!stated) return propagate(stated);
  HeadTrainingOptions head_options;
  head_options.seed = options.seed;
  head_options.threads = workspace.threads();
  auto categories = train_head(examples.data, examples.classes.size(), head_options, stage("category head"), stop);
  if (!categories) return propagate(categories);
  categories->head.class_ids = examples.classes;
  attribute_options.lambda = categories->report.lambda;
  auto attributes = train_attributes(*stated, pictures, attribute_options, stage("attributes"), stop);
  if (!attributes) return propagate(attributes);
  return LearnedHeads{std::move(*categories), std::move(*attributes)};
}

// Gate, refusal and the threshold of the category that is named: fitted to held-out predictions in the space of the model's projection.
SpecificityFit fit_parameters(const CategoryExamples& examples, const HeadTrainingReport& head, const SelfRetrievalOptions& self, ServingModel& model) {
  const Dataset gallery = project(examples.data, model.projection);
  const GateFit gate = fit_gate(gallery, head.held_out, self);
  const RefusalFit refusal = fit_refusal(gallery, {}, 0.02, self);
  const SpecificityFit specificity = fit_specificity(examples.tree, head.held_out);
  model.parameters.gate = {gate.weight, gate.mass};
  model.parameters.calibration = refusal.calibration;
  model.parameters.min_score = refusal.min_score;
  model.parameters.category_threshold = specificity.threshold;
  return specificity;
}

TrainingReport report_of(const CategoryExamples& examples, const std::vector<CategoryNode>& categories, LearnedHeads& learned, const ServingModel& model) {
  TrainingReport report;
  const HeadTrainingReport& head = learned.categories.report;
  fill_report(head, model, report);
  report.pictures = static_cast<int64_t>(examples.data.rows());
  report.products = static_cast<int64_t>(std::set<int64_t>(examples.data.groups.begin(), examples.data.groups.end()).size());
  report.categories = static_cast<int64_t>(examples.classes.size());
  report.confusion = confusion_cells(head.held_out);
  for (const size_t node : examples.tree.of_class) report.category_slugs.push_back(node == ClassTree::kNone ? "" : categories[node].slug);
  auto levels = level_figures(examples.tree, head.held_out);
  if (levels.size() > 1) report.levels = std::move(levels);
  report.attributes = std::move(learned.attributes.reports);
  report.notes = examples.notes;
  return report;
}

// Learns heads, gate and score calibration in the space of the model's projection; saves the heads and puts all into the model.
Result<TrainingReport> train_model(Workspace& workspace, const TrainingPictures& pictures, ServingModel& model, const TrainingOptions& options,
                                   const StageProgress& progress, const std::stop_token& stop) {
  Catalog& catalog = workspace.catalog();
  const auto seq = catalog.current_seq();
  if (!seq) return propagate(seq);
  const auto categories = catalog.categories("");
  if (!categories) return propagate(categories);
  const CategoryExamples examples = category_examples(pictures, *categories);
  if (examples.classes.size() < 2) {
    return fail(ErrorCode::kInvalidArgument, "one_class",
                "a category head needs pictures of at least two categories with two products each; import more, or search without categories");
  }
  auto learned = learn_heads(workspace, pictures, examples, options, progress, stop);
  if (!learned) return propagate(learned);
  const SpecificityFit specificity = fit_parameters(examples, learned->categories.report, {.seed = options.seed, .threads = workspace.threads()}, model);
  model.parameters.trained_seq = *seq + 1;  // the switch that follows is the next change
  model.parameters.trained_pictures = static_cast<int64_t>(examples.data.rows());
  const HeadSet heads{std::move(learned->categories.head), examples.backed_off, std::move(learned->attributes.heads)};
  const auto saved = catalog.save_head({model.encoder_id, heads.serialise(), head_report_json(learned->categories.report, examples)});
  if (!saved) return propagate(saved);
  model.row.head = *saved;
  model.row.parameters_json = serving_parameters_json(model.parameters);
  TrainingReport report = report_of(examples, *categories, *learned, model);
  report.specificity = specificity;
  return report;
}

// How far the new head's held-out accuracy is below that which the serving head had, in words; "" = not below by more than chance
// explains: two standard errors of the difference.
Result<std::string> worse_than_serving(Workspace& workspace, std::optional<HeadId> serving, const TrainingReport& trained) {
  if (!serving) return std::string();
  const auto head = workspace.catalog().head(*serving);
  if (!head) return propagate(head);
  boost::system::error_code error;
  const boost::json::value report = boost::json::parse(head->report_json, error);
  const boost::json::value* accuracy = error || !report.is_object() ? nullptr : report.get_object().if_contains("accuracy");
  const boost::json::value* pictures = accuracy == nullptr ? nullptr : report.get_object().if_contains("pictures");
  if (pictures == nullptr || !accuracy->is_number() || !pictures->is_number() || pictures->to_number<double>() < 1) return std::string();
  const double before = accuracy->to_number<double>(), now = trained.accuracy;
  const double variance =
      std::max(0.0, before * (1 - before)) / pictures->to_number<double>() + now * (1 - now) / static_cast<double>(std::max<int64_t>(1, trained.pictures));
  if (now >= before - 2 * std::sqrt(variance)) return std::string();
  return fmt::format("the new head is right for {:.1f} % of the products held out, the serving one was for {:.1f} %; it stays. --force switches all the same",
                     100 * now, 100 * before);
}

// Is anything to be learned that the serving heads do not know?
Result<bool> anything_new(Catalog& catalog, const ServingModel& model, const TrainingOptions& options) {
  const auto seq = catalog.current_seq();
  if (!seq) return propagate(seq);
  if (options.force || !up_to_date(model, *seq)) return true;
  const auto kept = catalog.setting(kAttributesSetting);
  if (!kept) return propagate(kept);
  return options.attributes && *options.attributes != *kept;
}

Result<TrainingReport> train_serving(Workspace& workspace, const TrainingOptions& options, const StageProgress& progress, const std::stop_token& stop) {
  Catalog& catalog = workspace.catalog();
  const Status projected = refresh_projection(workspace);
  if (!projected) return propagate(projected);
  const auto loaded = load_serving_model(workspace);
  if (!loaded) return propagate(loaded);
  ServingModel model = **loaded;
  const auto needed = anything_new(catalog, model, options);
  if (!needed) return propagate(needed);
  if (!*needed) return TrainingReport{.up_to_date = true};
  const std::optional<HeadId> serving_head = model.row.head;
  const auto pictures = read_training_pictures(workspace, model.encoder_id, static_cast<size_t>(model.projection.in));
  if (!pictures) return propagate(pictures);
  if (progress) progress("space of the shop's own products", 0, 1);
  const auto reason = choose_projection(workspace, *pictures, model, options, stop);
  if (!reason) return propagate(reason);
  auto report = train_model(workspace, *pictures, model, options, progress, stop);
  if (!report) return report;
  if (!reason->empty()) report->notes.push_back(fmt::format("projection: {}", *reason));
  const auto worse = worse_than_serving(workspace, options.force ? std::nullopt : serving_head, *report);
  if (!worse) return propagate(worse);
  if (!worse->empty()) {
    report->switched = false;
    report->notes.push_back(*worse);
    return report;
  }
  const Status kept = options.attributes ? catalog.set_setting(kAttributesSetting, *options.attributes) : Status{};
  if (!kept) return propagate(kept);
  const auto switched = catalog.switch_serving(model.row);
  if (!switched) return propagate(switched);
  return report;
}

}  // namespace

Result<TrainingReport> train_catalogue(Workspace& workspace, const TrainingOptions& options, const StageProgress& progress, std::stop_token stop) {
  const Stopwatch watch;
  const auto job = workspace.catalog().begin_job({.kind = "train", .source = "catalogue", .owner = make_lease_owner()});
  if (!job) return propagate(job);
  auto report = train_serving(workspace, options, progress, stop);
  const JobState state = report ? JobState::kDone : (report.error().code == ErrorCode::kCancelled ? JobState::kCancelled : JobState::kFailed);
  const Status finished = workspace.catalog().finish_job(job->id, job->owner, state, report ? "" : report.error().message);
  if (report && !finished) return propagate(finished);
  if (report) report->seconds = watch.elapsed_ms() / 1000;
  return report;
}

Result<ServingRow> prepare_serving(Workspace& workspace, const OpenedEncoder& encoder, const TrainingOptions& options, const StageProgress& progress,
                                   std::stop_token stop) {
  ServingModel model;
  model.encoder_id = encoder.id;
  const auto pictures = read_training_pictures(workspace, encoder.id, static_cast<size_t>(encoder.encoder->info().embedding_dim));
  if (!pictures) return propagate(pictures);
  const Status projected = take_learned(workspace, learn_projection(pictures->data), model);
  if (!projected) return propagate(projected);
  const auto reason = choose_projection(workspace, *pictures, model, options, stop);
  if (!reason) return propagate(reason);
  const auto trained = train_model(workspace, *pictures, model, options, progress, stop);
  // A shop whose categories cannot be learned is searched without.
  if (!trained && trained.error().reason != "one_class") return propagate(trained);
  return model.row;
}

Status refresh_projection(Workspace& workspace) {
  const auto loaded = load_serving_model(workspace);
  if (!loaded) return propagate(loaded);
  ServingModel model = **loaded;
  const auto embeddings = workspace.catalog().embedding_count(model.encoder_id);
  if (!embeddings) return propagate(embeddings);
  const auto learned_from = static_cast<double>(model.parameters.projection_pictures);
  const bool grown = *embeddings >= kPcaPicturesMin && static_cast<double>(*embeddings) >= kRelearnGrowth * learned_from;
  if (model.row.projection && !grown) return {};
  if (*embeddings == 0) return {};
  auto learned = learn_projection(workspace, model.encoder_id, static_cast<size_t>(model.projection.in), *embeddings);
  if (!learned) return propagate(learned);
  const Status taken = take_learned(workspace, std::move(*learned), model);
  if (!taken) return taken;
  const auto switched = workspace.catalog().switch_serving(model.row);
  return switched ? Status{} : propagate(switched);
}

}  // namespace nozama
