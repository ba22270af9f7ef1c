#include "engine/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/half.h"
#include "catalog/catalog.h"
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

// Labels are positions in `classes`, groups are products.
struct Examples {
  Dataset data;
  std::vector<int64_t> classes;  // category ids
  std::vector<std::string> notes;
};

Result<Examples> load_examples(Workspace& workspace, const std::string& encoder_id, size_t dim) {
  Examples examples;
  examples.data.dim = dim;
  std::map<int64_t, size_t> label_of;
  const Status read = workspace.catalog().for_each_labelled(encoder_id, [&](const TrainingRow& row) {
    if (row.embedding.size() != 2 * dim)
      return Status(fail(ErrorCode::kCorrupt, "embedding_damaged", fmt::format("the embedding of picture {} has a wrong size", row.picture.value)));
    const auto [entry, fresh] = label_of.try_emplace(row.category.value, examples.classes.size());
    if (fresh) examples.classes.push_back(row.category.value);
    examples.data.append(decode_half(row.embedding), entry->second, row.product.value);
    return Status{};
  });
  if (!read) return propagate(read, "reading the embeddings");
  return examples;
}

// Categories of one product cannot be held out and learned at once; they are still searched (see gate_embedding()).
void drop_single_products(Examples& examples) {
  std::vector<std::set<int64_t>> products(examples.classes.size());
  for (size_t i = 0; i < examples.data.rows(); ++i) products[examples.data.labels[i]].insert(examples.data.groups[i]);
  std::vector<size_t> kept_label(examples.classes.size(), SIZE_MAX);
  std::vector<int64_t> kept_classes;
  for (size_t c = 0; c < products.size(); ++c) {
    if (products[c].size() < 2) continue;
    kept_label[c] = kept_classes.size();
    kept_classes.push_back(examples.classes[c]);
  }
  const size_t dropped = examples.classes.size() - kept_classes.size();
  if (dropped == 0) return;
  examples.notes.push_back(fmt::format("{} categories have one product only; they are not learned, but always searched", dropped));
  std::vector<size_t> rows;
  for (size_t i = 0; i < examples.data.rows(); ++i) {
    if (kept_label[examples.data.labels[i]] != SIZE_MAX) rows.push_back(i);
  }
  examples.data = select_rows(examples.data, rows);
  for (size_t& label : examples.data.labels) label = kept_label[label];
  examples.classes = std::move(kept_classes);
}

struct LearnedProjection {
  Projection projection;
  int64_t pictures = 0;  // 0 = a seeded one
};

Result<LearnedProjection> learn_projection(Workspace& workspace, const std::string& encoder_id, size_t dim, int64_t pictures) {
  const int out = std::min(kIndexDimension, static_cast<int>(dim));
  // Every n-th row, so that the sample covers the whole catalogue.
  const auto step = std::max<size_t>(1, static_cast<size_t>(pictures) / kPcaRowsMax);
  std::vector<float> rows;
  size_t seen = 0;
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&](const IndexRow& row) {
    if (seen++ % step == 0 && row.embedding.size() == 2 * dim) {
      const std::vector<float> values = decode_half(row.embedding);
      rows.insert(rows.end(), values.begin(), values.end());
    }
    return Status{};
  });
  if (!read) return propagate(read);
  if (pictures < kPcaPicturesMin) {
    LearnedProjection seeded{seeded_orthogonal(static_cast<int>(dim), out, 1), 0};
    seeded.projection.scale = suited_scale(rows);
    return seeded;
  }
  return LearnedProjection{fit_pca(rows, dim, static_cast<size_t>(out)), pictures};
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

std::string head_report_json(const HeadTrainingReport& report, const Examples& examples) {
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

// Learns and saves a projection of the model's encoder without labels, and puts it into the model.
Status relearn_projection(Workspace& workspace, size_t dim, int64_t pictures, ServingModel& model) {
  auto learned = learn_projection(workspace, model.encoder_id, dim, pictures);
  if (!learned) return propagate(learned);
  model.parameters.projection_pictures = learned->pictures;
  model.parameters.projection_of_identities = 0;
  return take_projection(workspace, std::move(learned->projection), model);
}

// The space of the shop's own products where it is better than principal components, else these. Returns what decided.
Result<std::string> choose_projection(Workspace& workspace, ServingModel& model, const TrainingOptions& options, const std::stop_token& stop) {
  if (model.parameters.projection_pictures == 0) return std::string();
  const bool was_of_identities = model.parameters.projection_of_identities != 0;
  Projection pca = model.projection;
  if (was_of_identities) {
    auto learned = learn_projection(workspace, model.encoder_id, static_cast<size_t>(model.projection.in), model.parameters.projection_pictures);
    if (!learned) return propagate(learned);
    pca = std::move(learned->projection);
  }
  auto space = learn_identity_space(workspace, model.encoder_id, pca, {.seed = options.seed, .threads = workspace.threads()}, stop);
  if (!space) return propagate(space);
  model.parameters.projection_of_identities = space->projection ? 1 : 0;
  if (!space->projection && !was_of_identities) return space->reason;
  const Status taken = take_projection(workspace, space->projection ? std::move(*space->projection) : std::move(pca), model);
  if (!taken) return propagate(taken);
  return space->reason;
}

// Learns the head, gate and score calibration in the space of the model's projection; saves the head and puts all into the model.
Result<TrainingReport> train_model(Workspace& workspace, ServingModel& model, const TrainingOptions& options, const StageProgress& progress,
                                   const std::stop_token& stop) {
  const auto seq = workspace.catalog().current_seq();
  if (!seq) return propagate(seq);
  auto examples = load_examples(workspace, model.encoder_id, static_cast<size_t>(model.projection.in));
  if (!examples) return propagate(examples);
  drop_single_products(*examples);
  if (examples->classes.size() < 2) {
    return fail(ErrorCode::kInvalidArgument, "one_class",
                "a category head needs pictures of at least two categories with two products each; import more, or search without categories");
  }
  HeadTrainingOptions head_options;
  head_options.seed = options.seed;
  auto trained = train_head(
      examples->data, examples->classes.size(), head_options,
      [&progress](int64_t done, int64_t total) {
        if (progress) progress("category head", done, total);
      },
      stop);
  if (!trained) return propagate(trained);
  trained->head.class_ids = examples->classes;

  const Dataset gallery = project(examples->data, model.projection);
  const SelfRetrievalOptions self{.seed = options.seed, .threads = workspace.threads()};
  const GateFit gate = fit_gate(gallery, trained->report.held_out, self);
  const RefusalFit refusal = fit_refusal(gallery, {}, 0.02, self);
  model.parameters.gate = {gate.weight, gate.mass};
  model.parameters.calibration = refusal.calibration;
  model.parameters.min_score = refusal.min_score;
  model.parameters.trained_seq = *seq + 1;  // the switch that follows is the next change
  model.parameters.trained_pictures = static_cast<int64_t>(examples->data.rows());

  const auto head = workspace.catalog().save_head({model.encoder_id, trained->head.serialise(), head_report_json(trained->report, *examples)});
  if (!head) return propagate(head);
  model.row.head = *head;
  model.row.parameters_json = serving_parameters_json(model.parameters);

  TrainingReport result;
  fill_report(trained->report, model, result);
  result.pictures = static_cast<int64_t>(examples->data.rows());
  result.products = static_cast<int64_t>(std::set<int64_t>(examples->data.groups.begin(), examples->data.groups.end()).size());
  result.categories = static_cast<int64_t>(examples->classes.size());
  result.notes = examples->notes;
  return result;
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

Result<TrainingReport> train_serving(Workspace& workspace, const TrainingOptions& options, const StageProgress& progress, const std::stop_token& stop) {
  const Status projected = refresh_projection(workspace);
  if (!projected) return propagate(projected);
  const auto loaded = load_serving_model(workspace);
  if (!loaded) return propagate(loaded);
  ServingModel model = **loaded;
  const auto seq = workspace.catalog().current_seq();
  if (!seq) return propagate(seq);
  if (!options.force && up_to_date(model, *seq)) return TrainingReport{.up_to_date = true};
  const std::optional<HeadId> serving_head = model.row.head;
  if (progress) progress("space of the shop's own products", 0, 1);
  const auto reason = choose_projection(workspace, model, options, stop);
  if (!reason) return propagate(reason);
  auto report = train_model(workspace, model, options, progress, stop);
  if (!report) return report;
  if (!reason->empty()) report->notes.push_back(fmt::format("projection: {}", *reason));
  const auto worse = worse_than_serving(workspace, options.force ? std::nullopt : serving_head, *report);
  if (!worse) return propagate(worse);
  if (!worse->empty()) {
    report->switched = false;
    report->notes.push_back(*worse);
    return report;
  }
  const auto switched = workspace.catalog().switch_serving(model.row);
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
  const auto embeddings = workspace.catalog().embedding_count(encoder.id);
  if (!embeddings) return propagate(embeddings);
  const Status projected = relearn_projection(workspace, static_cast<size_t>(encoder.encoder->info().embedding_dim), *embeddings, model);
  if (!projected) return propagate(projected);
  const auto reason = choose_projection(workspace, model, options, stop);
  if (!reason) return propagate(reason);
  const auto trained = train_model(workspace, model, options, progress, stop);
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
  const Status learned = relearn_projection(workspace, static_cast<size_t>(model.projection.in), *embeddings, model);
  if (!learned) return learned;
  const auto switched = workspace.catalog().switch_serving(model.row);
  return switched ? Status{} : propagate(switched);
}

}  // namespace nozama
