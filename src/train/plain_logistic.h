// The textbook's classifier on raw embeddings: what a better recipe is measured against. It stays as it is.
#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

#include "train/dataset.h"
#include "train/metrics.h"

namespace nozama {

// Multinomial logistic regression without class weights, cross-validation or temperature, on rows of length 1, centred and
// scaled to variance 1 on average; L2 penalty 0.1 / 2 · |weights|². One prediction a row of `test`.
std::vector<Prediction> plain_logistic(const Dataset& train, size_t classes, const Dataset& test, size_t threads, std::stop_token stop);

}  // namespace nozama
