// Multinomial logistic regression on embeddings: the category head.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/linear_head.h"
#include "train/dataset.h"
#include "train/metrics.h"

namespace nozama {

struct HeadTrainingOptions {
  uint64_t seed = 1;
  size_t folds = 5;
  // L2 penalties a row. Cross-validation tries them from the strongest on and stops where the held-out loss rises; the best is taken.
  std::vector<double> lambdas = {3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3};
  int iterations_max = 120;
  size_t threads = 2;
  bool class_weights = true;  // rows of a class weigh 1 / sqrt(its size), scaled to mean 1
};

struct HeadTrainingReport {
  double lambda = 0, temperature = 1;
  double accuracy = 0, top3_accuracy = 0, macro_f1 = 0, expected_calibration_error = 0;  // on rows held out, calibrated
  std::vector<Prediction> held_out;  // one a row of the data set, in its order: from the fold that did not see it
};

struct TrainedHead {
  LinearHead head;  // of all rows; class_ids are 0..classes-1 and the caller's to replace
  HeadTrainingReport report;
};

using TrainingProgress = std::function<void(int64_t done, int64_t total)>;

// Minimises the weighted cross-entropy plus lambda/2·|W|² by L-BFGS (Nocedal & Wright, ch. 7.2); rows are scaled as suited_scale() says.
// The temperature minimises the held-out cross-entropy (Guo et al., ICML 2017). Deterministic for a seed.
// kInvalidArgument "one_class" with fewer than two classes, "bad_embedding" for numbers that are not finite;
// kCancelled "cancelled". Needs about 8 bytes a number of the data set.
Result<TrainedHead> train_head(const Dataset& data, size_t classes, const HeadTrainingOptions& options, const TrainingProgress& progress, std::stop_token stop);

}  // namespace nozama
