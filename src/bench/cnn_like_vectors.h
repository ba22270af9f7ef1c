// Made vectors with the structure of a convolutional network's embeddings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "bench/principal_axes.h"
#include "bench/vector_source.h"

namespace nozama {

// A product is a point near one of many styles, each near one of some categories, in a latent space of few dimensions. A random
// layer with a rectifier makes non-negative features of it, most of them zero in a given picture; a little noise of their own is
// added. Principal components of those, scaled to length 1, are the vectors, as in the program. Their local intrinsic
// dimension is about 10 to 20, like that of photographs (docs/benchmarks.md has both).
class CnnLikeShape {
 public:
  // Equal seeds and dimensions give equal vectors on one machine.
  CnnLikeShape(size_t dimension, uint64_t seed);

  size_t dimension() const { return axes_->out(); }
  void make(std::mt19937_64& random, std::span<float> vector) const;

 private:
  static constexpr size_t kLatent = 64;
  using Point = std::array<float, kLatent>;

  void features(std::mt19937_64& random, std::span<float> features) const;

  std::vector<Point> styles_;
  std::vector<float> style_ends_;    // the share of products up to and with each style
  std::vector<float> layer_, bias_;  // kLatent × features, features
  std::unique_ptr<PrincipalAxes> axes_;
};

// `rows` vectors and `queries` others of one shape.
BenchVectors cnn_like_vectors(size_t dimension, int64_t rows, size_t queries, uint64_t seed);

}  // namespace nozama
