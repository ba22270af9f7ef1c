#include "engine/labelled_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "engine/embed_pictures.h"
#include "engine/labelled_folder.h"
#include "engine/learned_space.h"
#include "engine/workspace.h"
#include "model/encoder.h"
#include "train/logistic.h"
#include "train/plain_logistic.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

using Progress = std::function<void(std::string_view, int64_t, int64_t)>;

// One folder's readable pictures; labels are positions in the training folder's classes.
struct Examples {
  Dataset data;
  std::vector<std::string> names;
  std::set<std::string> hashes;
};

class LabelledEvaluation {
 public:
  LabelledEvaluation(const LabelledEvaluationOptions& options, const Encoder& encoder, const Progress& progress, std::stop_token stop)
      : options_(options), encoder_(encoder), progress_(progress), stop_(std::move(stop)) {
    report_.threads = options.threads > 0 ? options.threads : processors_for_encoding();
    report_.encoder_id = encoder.info().id_text();
  }

  Result<LabelledReport> run();

 private:
  Result<Examples> embed(const LabelledFolder& folder, std::string_view stage);
  Status compare_folders(const LabelledFolder& train, LabelledFolder& labelled);
  Status classify(const Examples& train, const Examples& test);
  LabelledRetrieval retrieve(const LearnedSpace& space, const Examples& train, const Examples& test) const;
  void compare_outcomes();

  const LabelledEvaluationOptions& options_;
  const Encoder& encoder_;
  const Progress& progress_;
  std::stop_token stop_;
  LabelledReport report_;
  double embed_seconds_ = 0;
  int64_t embedded_ = 0;
};

Result<Examples> LabelledEvaluation::embed(const LabelledFolder& folder, std::string_view stage) {
  std::vector<PictureSource> files;
  for (const LabelledPicture& picture : folder.pictures) files.push_back(picture_file(folder.path_of(picture)));
  const Stopwatch watch;
  const auto embedded = embed_pictures(
      encoder_, files, report_.threads,
      [&](int64_t done, int64_t total) {
        if (progress_) progress_(stage, done, total);
      },
      stop_);
  if (!embedded) return propagate(embedded);
  embed_seconds_ += watch.elapsed_ms() / 1000;
  Examples examples;
  examples.data.dim = static_cast<size_t>(encoder_.info().embedding_dim);
  for (size_t i = 0; i < embedded->size(); ++i) {
    const EmbeddedPicture& file = (*embedded)[i];
    if (file.embedding.empty()) {
      report_.skipped.push_back(fmt::format("{}: {}", folder.path_of(folder.pictures[i]).string(), file.fault));
      continue;
    }
    examples.data.append(file.embedding, folder.pictures[i].label, static_cast<int64_t>(i));
    examples.names.push_back(folder.pictures[i].name);
    if (examples.hashes.contains(file.content_hash)) continue;
    examples.hashes.insert(file.content_hash);
  }
  embedded_ += static_cast<int64_t>(examples.data.rows());
  if (examples.data.rows() == 0) {
    return fail(ErrorCode::kInvalidArgument, "no_pictures",
                fmt::format("no picture of {} can be read; the first: {}", folder.folder.string(), report_.skipped.back()));
  }
  return examples;
}

// What the head cannot know is taken out of the measured folder, and its labels become those of the head.
Status LabelledEvaluation::compare_folders(const LabelledFolder& train, LabelledFolder& labelled) {
  if (train.classes.size() < 2) {
    return fail(ErrorCode::kInvalidArgument, "one_class",
                fmt::format("{} has pictures of one class only ({}); a head needs at least two", train.folder.string(), train.classes.front()));
  }
  report_.classes = train.classes;
  report_.without_class = train.without_class + labelled.without_class;
  std::ranges::set_difference(train.classes, labelled.classes, std::back_inserter(report_.classes_only_in_train));
  std::ranges::set_difference(labelled.classes, train.classes, std::back_inserter(report_.classes_only_in_labelled));
  std::vector<LabelledPicture> kept;
  for (LabelledPicture& picture : labelled.pictures) {
    const std::string& name = labelled.classes[picture.label];
    const auto place = std::ranges::lower_bound(train.classes, name);
    if (place == train.classes.end() || *place != name) continue;
    picture.label = static_cast<size_t>(place - train.classes.begin());
    kept.push_back(picture);
  }
  report_.left_out = static_cast<int64_t>(labelled.pictures.size() - kept.size());
  labelled.pictures = std::move(kept);
  if (labelled.pictures.empty()) {
    return fail(
        ErrorCode::kInvalidArgument, "no_pictures",
        fmt::format("{} and {} have no class in common; the folders of classes must have the same names", train.folder.string(), labelled.folder.string()));
  }
  return {};
}

std::vector<Prediction> predict(const LinearHead& head, const Dataset& data) {
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < data.rows(); ++i) predictions.push_back({head.probabilities(data.row(i)), data.labels[i]});
  return predictions;
}

std::vector<double> right_or_wrong(const std::vector<Prediction>& predictions) {
  std::vector<double> right;
  for (const Prediction& prediction : predictions) right.push_back(predicted_class(prediction) == prediction.label ? 1 : 0);
  return right;
}

Status LabelledEvaluation::classify(const Examples& train, const Examples& test) {
  HeadTrainingOptions head_options;
  head_options.seed = options_.seed;
  head_options.threads = report_.threads;
  const auto on_progress = [this](int64_t done, int64_t total) {
    if (progress_) progress_("category head", done, total);
  };
  const auto trained = train_head(train.data, report_.classes.size(), head_options, on_progress, stop_);
  if (!trained) return propagate(trained);
  report_.lambda = trained->report.lambda;
  report_.temperature = trained->report.temperature;
  report_.held_out_accuracy = trained->report.accuracy;
  report_.predictions = predict(trained->head, test.data);
  report_.raw_logistic_right = right_or_wrong(plain_logistic(train.data, report_.classes.size(), test.data, report_.threads, stop_));
  if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
  const std::vector<double> right = right_or_wrong(report_.predictions);
  report_.accuracy = measured_share(std::ranges::count(right, 1.0), static_cast<int64_t>(right.size()));
  report_.top3_accuracy = accuracy(report_.predictions, 3);
  report_.macro_f1 = macro_f1(report_.predictions, report_.classes.size());
  report_.calibration_error = measured_calibration_error(confidences(report_.predictions));
  return {};
}

LabelledRetrieval LabelledEvaluation::retrieve(const LearnedSpace& space, const Examples& train, const Examples& test) const {
  LabelledRetrieval retrieval{space.kind, space.dimension(train.data.dim), {}, {}, {}};
  const auto ranked = relevance_by_label(rows_in(space, train.data), rows_in(space, test.data), {.k = 30, .threads = report_.threads});
  for (const RankedRelevance& query : ranked) {
    retrieval.precision_at_1.push_back(precision_at(query, 1));
    retrieval.precision_at_10.push_back(precision_at(query, 10));
    retrieval.average_precision_at_30.push_back(average_precision_at(query, 30));
  }
  return retrieval;
}

PairedTest compare(std::string figure, std::string of, std::string less, const std::vector<double>& of_values, const std::vector<double>& less_values) {
  PairedTest test{std::move(figure), std::move(of), std::move(less), paired_bootstrap(less_values, of_values), -1};
  const bool yes_or_no = std::ranges::all_of(of_values, [](double v) { return v == 0 || v == 1; });
  if (!yes_or_no) return test;
  int64_t only_of = 0, only_less = 0;
  for (size_t i = 0; i < of_values.size(); ++i) {
    only_of += of_values[i] > less_values[i] ? 1 : 0;
    only_less += of_values[i] < less_values[i] ? 1 : 0;
  }
  test.mcnemar = mcnemar_p(only_of, only_less);
  return test;
}

void LabelledEvaluation::compare_outcomes() {
  const std::vector<double> right = right_or_wrong(report_.predictions);
  report_.tests.push_back(compare("accuracy", "head", "raw_1nn", right, report_.raw.precision_at_1));
  report_.tests.push_back(compare("accuracy", "head", "raw_logistic", right, report_.raw_logistic_right));
  for (const LabelledRetrieval* other : {&report_.raw, &report_.pca}) {
    const std::string name = other == &report_.raw ? "raw" : "pca";
    report_.tests.push_back(compare("precision_at_1", "learned", name, report_.learned.precision_at_1, other->precision_at_1));
    report_.tests.push_back(compare("map_at_30", "learned", name, report_.learned.average_precision_at_30, other->average_precision_at_30));
  }
}

Result<LabelledReport> LabelledEvaluation::run() {
  const auto train_folder = read_labelled_folder(options_.train);
  if (!train_folder) return propagate(train_folder);
  auto labelled_folder = read_labelled_folder(options_.labelled);
  if (!labelled_folder) return propagate(labelled_folder);
  const Status comparable = compare_folders(*train_folder, *labelled_folder);
  if (!comparable) return propagate(comparable);
  const auto train = embed(*train_folder, "pictures to learn from");
  if (!train) return propagate(train);
  auto test = embed(*labelled_folder, "pictures to measure on");
  if (!test) return propagate(test);
  report_.train_pictures = static_cast<int64_t>(train->data.rows());
  report_.names = std::move(test->names);
  report_.pictures_in_both = std::ranges::count_if(test->hashes, [&train](const std::string& hash) { return train->hashes.contains(hash); });
  report_.pictures_per_second = static_cast<double>(embedded_) / embed_seconds_;

  const Status classified = classify(*train, *test);
  if (!classified) return propagate(classified);
  report_.learned = retrieve(learn_space(train->data, report_.threads, stop_), *train, *test);
  if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
  report_.pca = retrieve(pca_space(train->data), *train, *test);
  report_.raw = retrieve(raw_space(), *train, *test);
  compare_outcomes();
  return std::move(report_);
}

}  // namespace

Result<LabelledReport> evaluate_labelled(const LabelledEvaluationOptions& options, const Progress& progress, std::stop_token stop) {
  const auto models = find_models_dir(options.models_dir);
  if (!models) return propagate(models);
  EncoderOptions encoder_options;
  encoder_options.mode = EncoderOptions::Mode::kThroughput;
  encoder_options.threads = options.threads;
  if (options.precision) encoder_options.precision = choice_of(*options.precision);
  const auto encoder = open_encoder(*models / options.bundle, encoder_options);
  if (!encoder) return propagate(encoder);
  return LabelledEvaluation(options, **encoder, progress, std::move(stop)).run();
}

}  // namespace nozama
