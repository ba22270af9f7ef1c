// How well the encoder and what is learned on it tell the classes of one's own photographs apart: learned on one folder
// tree class/picture, measured on another. No catalogue is touched.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/encoder.h"
#include "train/bootstrap.h"
#include "train/metrics.h"

namespace nozama {

struct LabelledEvaluationOptions {
  std::filesystem::path train;     // classes/pictures to learn from; also the gallery that is searched
  std::filesystem::path labelled;  // classes/pictures to measure on
  std::filesystem::path models_dir;
  std::string bundle;
  std::optional<Precision> precision;  // absent = the one that open_encoder() takes
  size_t threads = 0;                  // 0 = all cores
  uint64_t seed = 1;
};

// Retrieval in one space: one value a measured picture, and their means.
struct LabelledRetrieval {
  std::string space;  // "pca", "raw" …
  size_t dimension = 0;
  std::vector<double> precision_at_1, precision_at_10, average_precision_at_30;
};

struct PairedTest {
  std::string figure;    // "accuracy", "precision_at_1", "map_at_30"
  std::string of, less;  // what was compared: the difference is `of` − `less`
  PairedDifference bootstrap;
  double mcnemar = -1;  // of figures that are right or wrong; -1 = of another kind
};

struct LabelledReport {
  std::string encoder_id;
  std::vector<std::string> classes;                                          // that the head knows, in the order of the probabilities
  std::vector<std::string> classes_only_in_train, classes_only_in_labelled;  // the latter's pictures are left out
  int64_t train_pictures = 0, left_out = 0, without_class = 0;
  int64_t pictures_in_both = 0;      // the same file in both folders: such figures flatter
  std::vector<std::string> skipped;  // unreadable pictures, and why

  std::vector<std::string> names;       // of the measured pictures, relative to the folder
  std::vector<Prediction> predictions;  // of the measured pictures, calibrated
  MeasuredFigure accuracy, calibration_error;
  double top3_accuracy = 0, macro_f1 = 0;
  double lambda = 0, temperature = 0, held_out_accuracy = 0;  // from the training folder alone

  LabelledRetrieval learned, pca, raw;
  std::vector<double> raw_logistic_right;  // 1 a picture that a plain logistic head on the raw embedding has right
  std::vector<PairedTest> tests;

  double pictures_per_second = 0;  // read, decoded and encoded, of both folders
  size_t threads = 0;
};

// kNotFound "folder_missing"; kInvalidArgument "no_labels", "one_class" (the training folder has fewer than two classes),
// "no_pictures" (none is readable, or no class is in both); kCancelled "cancelled".
Result<LabelledReport> evaluate_labelled(const LabelledEvaluationOptions& options,
                                         const std::function<void(std::string_view stage, int64_t done, int64_t total)>& progress, std::stop_token stop);

}  // namespace nozama
