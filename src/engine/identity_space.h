// A projection learned from which pictures of the catalogue show the same thing.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/training_pictures.h"
#include "model/projection.h"

namespace nozama {

struct IdentitySpace {
  std::optional<Projection> projection;                               // absent = principal components serve the shop as well or better
  std::string reason;                                                 // for people: what decided
  int64_t pictures = 0, identities = 0;                               // that it was learned from
  double mean_average_precision = 0, mean_average_precision_pca = 0;  // of products held out
  double colour_agreement = 0, colour_agreement_pca = 0;              // share of the five nearest of other products in the category with the same main colour
};

struct IdentitySpaceOptions {
  uint64_t seed = 1;
  size_t threads = 2;
  size_t pictures_max = 12'000;  // a sample this large settles the covariances
};

// Identities are the finest that the catalogue has: a variant, or a product without variants; those with several pictures teach.
// Category labels would teach the space to ignore colour and pattern, which shoppers care about, so they are not used, and a space that lets
// the colours of the results agree less than `pca` does is not taken. Of a larger catalogue, products from all over it are looked at, whole: those
// that teach, then others to tell them from.
Result<IdentitySpace> learn_identity_space(const TrainingPictures& pictures, const Projection& pca, const IdentitySpaceOptions& options, std::stop_token stop);

// Share of the five nearest of other products in the category that have the same main colour: a mean over every n-th of the pictures that have one.
double colour_agreement(const TrainingPictures& pictures, const std::vector<size_t>& rows, const Projection& projection, size_t threads);

}  // namespace nozama
