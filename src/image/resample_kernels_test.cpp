#include "image/resample_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace nozama {
namespace {

// Weights that sum to one, as resizing makes them.
std::vector<int16_t> weights(size_t count, std::mt19937& random) {
  std::vector<int16_t> fixed(count);
  int left = 1 << kWeightBits;
  for (size_t i = 0; i + 1 < count; ++i) {
    fixed[i] = static_cast<int16_t>(static_cast<int>(random() % static_cast<uint32_t>(left + 1)));
    left -= fixed[i];
  }
  fixed.back() = static_cast<int16_t>(left);
  return fixed;
}

TEST(ResampleKernels, EveryKernelGivesTheSameBits) {
  std::mt19937 random(1);
  for (const size_t count : {2U, 4U, 6U, 8U, 14U}) {
    for (const size_t pixels : {1U, 2U, 5U, 6U, 11U, 97U}) {
      std::vector<std::vector<uint8_t>> source(count, std::vector<uint8_t>(pixels * 3));
      std::vector<const uint8_t*> rows;
      for (auto& row : source) {
        for (uint8_t& value : row) value = static_cast<uint8_t>(random() % 5 == 0 ? 255 : random());
        rows.push_back(row.data());
      }
      const std::vector<int16_t> row_weights = weights(count, random);
      std::vector<uint16_t> plain((pixels + count + 2) * 3), best(plain.size());
      portable_resample_kernels().blend_rows(rows, row_weights.data(), pixels * 3, plain.data());
      best_resample_kernels().blend_rows(rows, row_weights.data(), pixels * 3, best.data());
      ASSERT_EQ(plain, best) << count << " rows of " << pixels << " pixels";
      std::vector<uint16_t> other(plain.size());
      std::ranges::reverse_copy(plain, other.begin());

      Taps taps;
      taps.count = count;
      for (size_t first = 0; first < pixels; first += 1 + random() % 3) {
        taps.first.push_back(static_cast<int>(first) + 7);
        const std::vector<int16_t> fixed = weights(count, random);
        taps.weights.insert(taps.weights.end(), fixed.begin(), fixed.end());
      }
      // A byte after each row, which must stay as it is.
      using Rows = std::array<std::vector<uint8_t>, 2>;
      const std::vector<uint8_t> empty(taps.first.size() * 3 + 1);
      Rows plain_rows{empty, empty}, best_rows{empty, empty};
      portable_resample_kernels().blend_columns({plain.data(), other.data()}, 7, taps, {plain_rows[0].data(), plain_rows[1].data()});
      best_resample_kernels().blend_columns({plain.data(), other.data()}, 7, taps, {best_rows[0].data(), best_rows[1].data()});
      ASSERT_EQ(plain_rows, best_rows) << count << " columns of " << pixels << " pixels";
    }
  }
}

}  // namespace
}  // namespace nozama
