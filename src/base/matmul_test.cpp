#include "base/matmul.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace nozama {
namespace {

std::vector<float> random_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
  return values;
}

TEST(Matmul, EveryKernelAgreesWithThePlainSumForAMatrixAndItsTranspose) {
  for (const size_t rows : {1U, 5U, 16U, 37U}) {
    for (const size_t depth : {1U, 3U, 256U, 300U}) {
      constexpr size_t kColumns = 32;
      const auto a = random_numbers(rows * depth, rows * 1000 + depth), b = random_numbers(depth * kColumns, depth);
      std::vector<double> expected(rows * kColumns, 0.5);
      for (size_t m = 0; m < rows; ++m) {
        for (size_t k = 0; k < depth; ++k) {
          for (size_t n = 0; n < kColumns; ++n) expected[m * kColumns + n] += static_cast<double>(a[m * depth + k]) * b[k * kColumns + n];
        }
      }
      std::vector<float> transposed(a.size());
      for (size_t m = 0; m < rows; ++m) {
        for (size_t k = 0; k < depth; ++k) transposed[k * rows + m] = a[m * depth + k];
      }
      for (const MatmulKernel& kernel : available_matmul_kernels()) {
        std::vector<float> c(rows * kColumns, 0.5F), d = c;
        kernel.accumulate({a.data(), rows, depth, depth, 1}, b.data(), c.data(), kColumns);
        kernel.accumulate({transposed.data(), rows, depth, 1, rows}, b.data(), d.data(), kColumns);
        for (size_t i = 0; i < c.size(); ++i) {
          ASSERT_NEAR(c[i], expected[i], 1e-4) << kernel.name << " " << rows << " x " << depth;
          ASSERT_NEAR(d[i], expected[i], 1e-4) << kernel.name << " transposed " << rows << " x " << depth;
        }
      }
    }
  }
}

TEST(Matmul, MatricesOfAnySizeAreFilledUpForTheKernel) {
  PaddedMatrix a(3, 5), b(5, 18), product(3, 18), transposed(5, 3), again(3, 18);
  const auto numbers = random_numbers(3 * 5 + 5 * 18, 4);
  for (size_t i = 0; i < 15; ++i) transposed.at(i % 5, i / 5) = a.at(i / 5, i % 5) = numbers[i];
  for (size_t i = 0; i < 90; ++i) b.at(i / 18, i % 18) = numbers[15 + i];
  add_product(a, b, product);
  add_transposed_product(transposed, b, again);
  for (size_t m = 0; m < 3; ++m) {
    for (size_t n = 0; n < 18; ++n) {
      float expected = 0;
      for (size_t k = 0; k < 5; ++k) expected += a.at(m, k) * b.at(k, n);
      ASSERT_NEAR(product.at(m, n), expected, 1e-5);
      ASSERT_NEAR(again.at(m, n), expected, 1e-5);
    }
  }
}

}  // namespace
}  // namespace nozama
