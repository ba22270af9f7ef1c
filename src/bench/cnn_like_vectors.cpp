#include "bench/cnn_like_vectors.h"

#include <algorithm>
#include <cmath>

#include "bench/float_kernels.h"

namespace nozama {
namespace {

constexpr size_t kFeaturesMin = 512;
constexpr size_t kSample = 4096;
constexpr size_t kCategories = 60, kStyles = 1500;
// Widths of the clouds in the latent space: of categories, of styles in one, of products in one.
constexpr float kCategoryWidth = 0.4F, kStyleWidth = 0.4F, kProductWidth = 1.0F;
// The products' spectrum falls off: latent dimension i has width 1 / (1 + i / kFallOff).
constexpr float kFallOff = 20;
constexpr float kThreshold = -0.5F;  // mean bias before the rectifier: most features are zero
constexpr float kFeatureNoise = 0.4F;

float uniform(std::mt19937_64& random) { return static_cast<float>(random() >> 40) / 16777216.0F; }

// Two normal numbers at a time (Box and Muller 1958); the library's distribution differs between libraries.
class Normal {
 public:
  explicit Normal(std::mt19937_64& random) : random_(random) {}
  float operator()() {
    if (kept_) {
      kept_ = false;
      return value_;
    }
    const float radius = std::sqrt(-2 * std::log(1 - uniform(random_)));
    const float angle = 6.2831853F * uniform(random_);
    kept_ = true;
    value_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

 private:
  std::mt19937_64& random_;
  bool kept_ = false;
  float value_ = 0;
};

class CnnLikeRows final : public VectorSource {
 public:
  CnnLikeRows(std::shared_ptr<const CnnLikeShape> shape, int64_t rows, uint64_t seed) : shape_(std::move(shape)), left_(rows), random_(seed) {}

  size_t dimension() const override { return shape_->dimension(); }
  Result<size_t> read(std::span<float> vectors) override {
    const size_t count = std::min(vectors.size() / dimension(), static_cast<size_t>(left_));
    for (size_t i = 0; i < count; ++i) shape_->make(random_, vectors.subspan(i * dimension(), dimension()));
    left_ -= static_cast<int64_t>(count);
    return count;
  }

 private:
  std::shared_ptr<const CnnLikeShape> shape_;  // the queries are made of it too
  int64_t left_;
  std::mt19937_64 random_;
};

}  // namespace

CnnLikeShape::CnnLikeShape(size_t dimension, uint64_t seed) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15U + 1);
  Normal normal(random);
  const size_t count = std::max(kFeaturesMin, dimension);
  std::vector<Point> categories(kCategories);
  for (Point& category : categories) std::ranges::generate(category, [&] { return kCategoryWidth * normal(); });
  float total = 0;
  for (size_t i = 0; i < kStyles; ++i) {
    Point style = categories[random() % kCategories];
    for (float& value : style) value += kStyleWidth * normal();
    styles_.push_back(style);
    total += std::exp(normal());  // some styles are sold much more than others
    style_ends_.push_back(total);
  }
  for (float& end : style_ends_) end /= total;
  layer_.resize(kLatent * count);
  for (float& value : layer_) value = normal() / std::sqrt(static_cast<float>(kLatent));
  bias_.resize(count);
  for (float& value : bias_) value = kThreshold + 0.3F * normal();

  std::vector<float> sample(kSample * count);
  for (size_t i = 0; i < kSample; ++i) features(random, std::span(sample).subspan(i * count, count));
  axes_ = std::make_unique<PrincipalAxes>(sample, count, dimension);
}

void CnnLikeShape::features(std::mt19937_64& random, std::span<float> features) const {
  Normal normal(random);
  const auto style = std::ranges::lower_bound(style_ends_, uniform(random)) - style_ends_.begin();
  Point point = styles_[std::min(static_cast<size_t>(style), styles_.size() - 1)];
  for (size_t i = 0; i < kLatent; ++i) point[i] += kProductWidth * normal() / (1 + static_cast<float>(i) / kFallOff);
  std::ranges::copy(bias_, features.begin());
  for (size_t i = 0; i < kLatent; ++i) add_scaled(features.data(), &layer_[i * features.size()], point[i], features.size());
  for (float& value : features) value = value > 0 ? value + kFeatureNoise * uniform(random) : 0;
}

void CnnLikeShape::make(std::mt19937_64& random, std::span<float> vector) const {
  thread_local std::vector<float> scratch;
  scratch.resize(axes_->in());
  do {
    features(random, scratch);
  } while (!axes_->project(scratch, vector));
}

BenchVectors cnn_like_vectors(size_t dimension, int64_t rows, size_t queries, uint64_t seed) {
  const auto shape = std::make_shared<const CnnLikeShape>(dimension, seed);
  BenchVectors vectors{"cnn-like", std::make_unique<CnnLikeRows>(shape, rows, seed * 2 + 1), std::vector<float>(queries * dimension)};
  std::mt19937_64 random(seed * 2 + 0x5DEECE66DU);
  for (size_t i = 0; i < queries; ++i) shape->make(random, std::span(vectors.queries).subspan(i * dimension, dimension));
  return vectors;
}

}  // namespace nozama
