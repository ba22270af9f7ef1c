// Embeddings and labels in the catalogue → projection, category head, soft gate and score calibration.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/serving.h"
#include "engine/attribute_training.h"
#include "train/class_tree.h"
#include "train/metrics.h"

namespace nozama {

class Workspace;
struct OpenedEncoder;

struct TrainingOptions {
  uint64_t seed = 1;
  bool force = false;  // train although nothing has changed since the serving head, and switch even to a worse one
  // What parse_attribute_selection() takes; kept with the catalogue. Absent = as last time, at first the usual ones.
  std::optional<std::string> attributes = {};
};

struct TrainingReport {
  bool up_to_date = false;  // nothing was done
  bool switched = true;     // false: worse than what serves, which stays
  int64_t pictures = 0, products = 0, categories = 0;
  double accuracy = 0, top3_accuracy = 0, macro_f1 = 0, expected_calibration_error = 0;  // on products held out
  std::vector<LevelFigures> levels;                                                      // empty where the categories are a flat list
  SpecificityFit specificity;                                                            // of the most specific category that is sure enough
  std::vector<std::string> category_slugs;                                               // of each class
  std::vector<ConfusionCell> confusion;                                                  // of the same held-out pictures
  std::vector<AttributeReport> attributes;                                               // that were looked at
  double lambda = 0, temperature = 0;
  double gate_weight = 0, gate_mass = 0, min_score = 0;
  std::string projection;  // "identities", "pca" or "orthogonal"
  int projection_dimension = 0;
  double seconds = 0;
  std::vector<std::string> notes;  // what was left out and why
};

using StageProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

Result<TrainingReport> train_catalogue(Workspace& workspace, const TrainingOptions& options, const StageProgress& progress, std::stop_token stop);

// What would serve with an encoder whose embeddings are all stored: learns and saves its projection and, where the
// categories can be learned, its head, but switches nothing.
Result<ServingRow> prepare_serving(Workspace& workspace, const OpenedEncoder& encoder, const TrainingOptions& options, const StageProgress& progress,
                                   std::stop_token stop);

// Gives a new catalogue its first projection, and replaces an early one that saw far fewer pictures.
// Fast when there is nothing to do.
Status refresh_projection(Workspace& workspace);

}  // namespace nozama
