#include "train/discriminant.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nozama {
namespace {

// Identities differ in the first 8 numbers a little; all pictures differ in the next 8 a lot.
Dataset noisy_identities(size_t identities, size_t pictures) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  Dataset data;
  data.dim = 40;
  for (size_t identity = 0; identity < identities; ++identity) {
    std::vector<float> own(8);
    for (float& value : own) value = normal(random);
    for (size_t picture = 0; picture < pictures; ++picture) {
      std::vector<float> row(data.dim);
      for (size_t i = 0; i < 8; ++i) row[i] = own[i] + 0.1F * normal(random);
      for (size_t i = 8; i < 16; ++i) row[i] = 4 * normal(random);
      for (size_t i = 16; i < data.dim; ++i) row[i] = 0.1F * normal(random);
      data.append(row, identity, static_cast<int64_t>(data.rows()));
    }
  }
  return data;
}

DiscriminantOptions small_options(bool new_identities) {
  DiscriminantOptions options;
  options.dimensions = {4, 8, 16};
  options.new_identities = new_identities;
  return options;
}

float cosine(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(Discriminant, LearnsToLookPastWhatPicturesOfOneThingDifferIn) {
  const Dataset data = noisy_identities(60, 4);
  for (const bool new_identities : {false, true}) {
    const auto fit = fit_discriminant(data, small_options(new_identities), {});
    ASSERT_TRUE(fit) << fit.error().message;
    EXPECT_GT(fit->mean_average_precision, 0.9);
    EXPECT_LT(fit->mean_average_precision_pca, 0.3);
    const auto a = fit->projection.apply(data.row(0)), same = fit->projection.apply(data.row(1)), other = fit->projection.apply(data.row(4));
    EXPECT_GT(cosine(a, same), 0.9);
    EXPECT_GT(cosine(a, same), cosine(a, other));
  }
}

TEST(Discriminant, TheSameDataAndSeedGiveTheSameSpace) {
  const Dataset data = noisy_identities(20, 3);
  const auto one = fit_discriminant(data, small_options(true), {}), other = fit_discriminant(data, small_options(true), {});
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->projection, other->projection);
}

TEST(Discriminant, WithoutPairsThereIsNothingToLearnFrom) {
  const auto fit = fit_discriminant(noisy_identities(50, 1), small_options(true), {});
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().reason, "too_few_pairs");
}

TEST(Discriminant, StopsOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  const auto fit = fit_discriminant(noisy_identities(20, 3), small_options(false), stop.get_token());
  ASSERT_FALSE(fit);
  EXPECT_EQ(fit.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace nozama
