#include "train/self_retrieval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nozama {
namespace {

constexpr size_t kDim = 24;

std::vector<float> unit(std::vector<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
  return vector;
}

std::vector<float> near(const std::vector<float>& centre, float noise, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector = centre;
  for (float& value : vector) value += noise * normal(random);
  return unit(vector);
}

// Products with two pictures each, around the centres of their classes.
Dataset shop(size_t products, size_t classes, float class_noise, float picture_noise) {
  std::mt19937 random(1);
  std::vector<std::vector<float>> centres;
  for (size_t c = 0; c < classes; ++c) centres.push_back(near(std::vector<float>(kDim), 1, random));
  Dataset gallery;
  gallery.dim = kDim;
  for (size_t p = 0; p < products; ++p) {
    const auto product = near(centres[p % classes], class_noise, random);
    for (int picture = 0; picture < 2; ++picture) gallery.append(near(product, picture_noise, random), p % classes, static_cast<int64_t>(p));
  }
  return gallery;
}

std::vector<Prediction> predictions(const Dataset& gallery, size_t classes, double confidence, double share_right) {
  std::vector<Prediction> held_out;
  for (size_t i = 0; i < gallery.rows(); ++i) {
    const bool right = static_cast<double>(i) < share_right * static_cast<double>(gallery.rows());
    const size_t guess = right ? gallery.labels[i] : (gallery.labels[i] + 1) % classes;
    Prediction prediction{std::vector<double>(classes, (1 - confidence) / static_cast<double>(classes - 1)), gallery.labels[i]};
    prediction.probabilities[guess] = confidence;
    held_out.push_back(prediction);
  }
  return held_out;
}

// features: B5
TEST(FitGate, AHeadThatKnowsMoreThanTheNeighboursGetsWeight) {
  const Dataset gallery = shop(200, 4, 0.5F, 0.15F);  // classes overlap
  const GateFit fit = fit_gate(gallery, predictions(gallery, 4, 0.97, 1.0));
  EXPECT_TRUE(fit.fitted);
  EXPECT_GT(fit.weight, 0);
  EXPECT_GT(fit.own_category_share, fit.own_category_share_without_gate + 0.02);
  EXPECT_GE(fit.reciprocal_rank, fit.reciprocal_rank_without_gate);
  EXPECT_EQ(fit.own_category_searched, 1.0);
  EXPECT_EQ(fit.mass, 0.98);
}

TEST(FitGate, AHeadThatIsSureAndWrongGetsNoWeightAndTheWidestGate) {
  const Dataset gallery = shop(200, 4, 0.3F, 0.1F);
  const GateFit fit = fit_gate(gallery, predictions(gallery, 4, 0.999, 0.1));
  EXPECT_EQ(fit.weight, 0);
  EXPECT_EQ(fit.mass, 0.9995);
}

TEST(FitGate, CategoriesNeverCostMoreThanAFewProductsTheirPlace) {
  const Dataset gallery = shop(200, 4, 0.5F, 0.2F);
  const GateFit fit = fit_gate(gallery, predictions(gallery, 4, 0.99, 0.6));
  EXPECT_GE(fit.reciprocal_rank, fit.reciprocal_rank_without_gate - 0.003);
}

TEST(FitGate, WithoutASecondPictureOfAnyProductTheWeightIsBounded) {
  Dataset gallery = shop(200, 4, 0.5F, 0.15F);
  for (size_t i = 0; i < gallery.rows(); ++i) gallery.groups[i] = static_cast<int64_t>(i);
  const GateFit fit = fit_gate(gallery, predictions(gallery, 4, 0.7, 1.0));
  EXPECT_TRUE(fit.fitted);
  EXPECT_GT(fit.weight, 0);
  EXPECT_LE(fit.weight, 0.05);
}

TEST(FitGate, IsTheSameForAnyNumberOfThreadsAndKeepsTheDefaultsForATinyShop) {
  const Dataset gallery = shop(120, 3, 0.4F, 0.2F);
  const auto held_out = predictions(gallery, 3, 0.9, 0.9);
  const GateFit one = fit_gate(gallery, held_out, {.threads = 1}), two = fit_gate(gallery, held_out, {.threads = 2});
  EXPECT_EQ(one.weight, two.weight);
  EXPECT_EQ(one.reciprocal_rank, two.reciprocal_rank);
  EXPECT_EQ(one.own_category_share, two.own_category_share);
  const Dataset tiny = shop(10, 2, 0.4F, 0.2F);
  EXPECT_FALSE(fit_gate(tiny, predictions(tiny, 2, 0.9, 0.9)).fitted);
}

// features: D1
TEST(FitRefusal, TurnsAwayWhatTheShopDoesNotSellAndHardlyAnythingThatItDoes) {
  const Dataset gallery = shop(300, 5, 0.15F, 0.1F);  // classes far apart
  const RefusalFit fit = fit_refusal(gallery, {}, 0.02);
  EXPECT_TRUE(fit.fitted);
  EXPECT_LE(fit.genuine_refused, 0.02);
  EXPECT_GT(fit.impostors_refused, 0.9);
  EXPECT_GT(fit.min_score, 0);
  EXPECT_LE(fit.min_score, 0.5);
  // Photos less like the catalogue than its own pictures lower the threshold in similarity.
  std::mt19937 random(2);
  std::vector<float> photos;
  for (size_t i = 0; i < gallery.rows(); ++i) {
    const auto row = gallery.row(i);
    const auto photo = near({row.begin(), row.end()}, 0.15F, random);
    photos.insert(photos.end(), photo.begin(), photo.end());
  }
  const RefusalFit of_photos = fit_refusal(gallery, photos, 0.02);
  EXPECT_LT(of_photos.calibration.similarity(of_photos.min_score), fit.calibration.similarity(fit.min_score));
  EXPECT_LE(of_photos.genuine_refused, 0.02);
}

TEST(FitRefusal, RefusesNothingWhereItCannotLearn) {
  EXPECT_FALSE(fit_refusal(shop(10, 2, 0.2F, 0.1F)).fitted);
  const RefusalFit one_class = fit_refusal(shop(200, 1, 0.2F, 0.1F));
  EXPECT_FALSE(one_class.fitted);
  EXPECT_EQ(one_class.min_score, 0);
  EXPECT_FALSE(fit_refusal(Dataset{}).fitted);
  Dataset zeros = shop(100, 2, 0.2F, 0.1F);
  std::fill(zeros.features.begin(), zeros.features.end(), 0.0F);
  EXPECT_FALSE(fit_refusal(zeros).fitted);
}

}  // namespace
}  // namespace nozama
