// A space learned from what belongs together: regularised linear discriminant analysis as an indexed projection.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "model/projection.h"
#include "train/dataset.h"

namespace nozama {

struct DiscriminantOptions {
  uint64_t seed = 1;
  size_t folds = 3;
  std::vector<double> shrinkages = {0.1, 0.3, 0.6, 0.9};
  std::vector<size_t> dimensions = {64, 128, 256};
  size_t queries_max = 1500;  // a fold's, in cross-validation
  size_t threads = 2;
  // What is held out: false = pictures of identities that the rest has too, looked up among the rest (fixed classes);
  // true = whole identities, looked up among themselves (products that the shop does not have yet).
  bool new_identities = false;
};

struct DiscriminantFit {
  Projection projection;
  double shrinkage = 0;
  // mAP@30 of held-out pictures, cross-validated, in this space and in that of as many principal components as the largest dimension.
  double mean_average_precision = 0, mean_average_precision_pca = 0;
};

// Within-class covariance S of the scaled embeddings, shrunk to (1 − s)·S + s·tr(S)/n·I and whitened, then the directions of
// greatest variance that remain, which are those between classes first (Fisher 1936; Friedman, JASA 1989; as a metric for retrieval:
// Mikolajczyk, Matas, ICCV 2007). s and the dimension are those of the best cross-validated mAP@30. Labels are identities; rows of one
// group are never split. Deterministic for a seed. kInvalidArgument "too_few_pairs" when fewer than 20 rows share their identity with another;
// kCancelled "cancelled".
Result<DiscriminantFit> fit_discriminant(const Dataset& data, const DiscriminantOptions& options, std::stop_token stop);

}  // namespace nozama
