#include "index/row_codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "index/index_for_test.h"

namespace nozama {
namespace {

// Rows whose codes fill whole blocks.
struct CodedRows {
  std::shared_ptr<const CodeSpace> space;
  std::vector<float> rows;
  size_t count = 0;
  std::vector<uint8_t> heads, tails;
  std::vector<BlockErrors> errors;

  CodedRows(size_t dimension, std::vector<float> values) : space(CodeSpace::fit(dimension, values)), rows(std::move(values)), count(rows.size() / dimension) {
    const size_t blocks = (count + kBlockRows - 1) / kBlockRows;
    heads.resize(blocks * kBlockRows * space->head_bytes());
    tails.resize(blocks * kBlockRows * space->tail_bytes());
    errors.resize(blocks);
    for (size_t first = 0; first < count; first += kBlockRows) {
      const std::span<const float> some = std::span(rows).subspan(first * dimension, std::min(kBlockRows, count - first) * dimension);
      space->encode(some, heads.data() + first * space->head_bytes(), tails.data() + first * space->tail_bytes(), errors[first / kBlockRows]);
    }
  }
  std::span<const float> row(size_t i) const { return std::span(rows).subspan(i * space->dimension(), space->dimension()); }
  HeadScan scan(const CodedQuery& query, float threshold) const {
    return {heads.data(), errors.data(), errors.size(), query.head.weights, query.head.base, query.head.scale, 0, 0, threshold};
  }
};

// Variances that fall like those of principal components.
std::vector<float> falling_rows(std::mt19937& random, size_t count, size_t dimension, bool turned) {
  std::normal_distribution<float> normal;
  std::vector<float> rows(count * dimension);
  for (size_t i = 0; i < count; ++i) {
    const std::span<float> row = std::span(rows).subspan(i * dimension, dimension);
    float length = 0;
    for (size_t j = 0; j < dimension; ++j) {
      row[j] = normal(random) / std::sqrt(1.0F + static_cast<float>(j)) + (j == 1 ? 0.5F : 0.0F);
      if (turned && j % 2 == 1) std::swap(row[j], row[dimension - 1 - j / 2]);
    }
    for (const float value : row) length += value * value;
    for (float& value : row) value /= std::sqrt(length);
  }
  return rows;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return sum;
}

TEST(CodeKernels, EveryProcessorsScanFindsWhatThePortableOneFinds) {
  std::mt19937 random(1);
  for (const size_t head : {8U, 32U, 64U, 72U, 256U}) {
    for (const int extreme : {0, 1, 2}) {
      constexpr size_t kBlocks = 37;
      std::vector<uint8_t> codes(kBlocks * kBlockRows * head / 2);
      for (uint8_t& code : codes) code = extreme == 0 ? static_cast<uint8_t>(random()) : 0xFF;
      std::vector<int8_t> weights(head);
      for (int8_t& weight : weights)
        weight = extreme == 0 ? static_cast<int8_t>(static_cast<int>(random() % 255) - 127) : static_cast<int8_t>(extreme == 1 ? 127 : -127);
      std::vector<BlockErrors> errors(kBlocks);
      for (BlockErrors& error : errors) {
        for (size_t row = 0; row < kBlockRows; ++row) error.head[row] = error.tail[row] = static_cast<uint8_t>(random());
      }
      for (const float factor : {0.0F, 0.01F}) {
        HeadScan scan{codes.data(), errors.data(), kBlocks, weights, 0.25F, 0.0001F, factor, 2 * factor, 0};
        std::vector<uint32_t> expected(kBlocks * kBlockRows), found(kBlocks * kBlockRows);
        std::vector<float> expected_sums(expected.size()), sums(expected.size());
        scan.threshold = std::numeric_limits<float>::lowest();
        ASSERT_EQ(available_code_kernels()[0].scan_heads(scan, expected.data(), expected_sums.data()), expected.size());
        std::vector<float> sorted = expected_sums;
        std::ranges::sort(sorted);
        scan.threshold = extreme == 0 ? (sorted[sorted.size() / 2] + sorted[sorted.size() / 2 - 1]) / 2 : sorted[0] - 0.001F;
        const size_t count = available_code_kernels()[0].scan_heads(scan, expected.data(), expected_sums.data());
        for (const CodeKernels& kernels : available_code_kernels()) {
          ASSERT_EQ(kernels.scan_heads(scan, found.data(), sums.data()), count) << kernels.name << " head " << head;
          for (size_t i = 0; i < count; ++i) {
            ASSERT_EQ(found[i], expected[i]) << kernels.name;
            ASSERT_NEAR(sums[i], expected_sums[i], 1e-4) << kernels.name;
          }
        }
      }
    }
  }
}

TEST(CodeKernels, EveryProcessorsTailDotIsThePortableOnes) {
  std::mt19937 random(2);
  for (const size_t size : {64U, 192U, 1216U}) {
    std::vector<uint8_t> tail(size / 2, 0xFF);
    std::vector<int8_t> weights(size, -127);
    for (int round = 0; round < 20; ++round) {
      const int32_t expected = available_code_kernels()[0].tail_dot(tail.data(), weights);
      if (round == 0) {
        EXPECT_EQ(expected, -127 * 15 * static_cast<int32_t>(size));
      }
      for (const CodeKernels& kernels : available_code_kernels()) ASSERT_EQ(kernels.tail_dot(tail.data(), weights), expected) << kernels.name;
      for (uint8_t& code : tail) code = static_cast<uint8_t>(random());
      for (int8_t& weight : weights) weight = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
    }
  }
}

TEST(CodeKernels, EveryProcessorsFloatLoopsAreThePortableOnes) {
  std::mt19937 random(3);
  for (const size_t size : {4U, 20U, 61U, 256U}) {
    const std::vector<float> a = random_unit(random, size), b = random_unit(random, size);
    std::vector<float> expected = a;
    available_code_kernels()[0].add_scaled(expected.data(), b.data(), -0.7F, size);
    for (const CodeKernels& kernels : available_code_kernels()) {
      std::vector<float> sum = a;
      kernels.add_scaled(sum.data(), b.data(), -0.7F, size);
      for (size_t i = 0; i < size; ++i) ASSERT_NEAR(sum[i], expected[i], 1e-6) << kernels.name;
      ASSERT_NEAR(kernels.dot(a.data(), b.data(), size), dot(a, b), 1e-5) << kernels.name;
      for (const float least : {-2.0F, a[1], b[2], 2.0F}) {
        ASSERT_EQ(kernels.count_at_least(a.data(), size, least), std::ranges::count_if(a, [&](float value) { return value >= least; })) << kernels.name;
      }
    }
  }
}

TEST(RowCodes, NoSimilarityIsFurtherFromItsEstimatesThanTheProvenBounds) {
  std::mt19937 random(3);
  for (const size_t dimension : {4U, 20U, 64U, 132U, 256U}) {
    for (const bool turned : {false, true}) {
      const CodedRows coded(dimension, falling_rows(random, 1500, dimension, turned));
      std::vector<uint32_t> numbers(coded.errors.size() * kBlockRows);
      std::vector<float> estimates(numbers.size());
      for (int round = 0; round < 20; ++round) {
        // Other directions than the rows' too: the bounds hold for every query.
        const std::vector<float> other = random_unit(random, dimension);
        const std::span<const float> query = round % 2 == 0 ? coded.row(static_cast<size_t>(round)) : std::span<const float>(other);
        const CodedQuery prepared = coded.space->prepare(query);
        const ErrorFactors first = first_bound(prepared), second = second_bound(prepared);
        code_kernels().scan_heads(coded.scan(prepared, std::numeric_limits<float>::lowest()), numbers.data(), estimates.data());
        for (size_t i = 0; i < coded.count; ++i) {
          const BlockErrors& errors = coded.errors[i / kBlockRows];
          const size_t lane = i % kBlockRows;
          const double truth = dot(query, coded.row(i));
          const double finer = static_cast<double>(estimates[i] + prepared.tail_part(coded.tails.data() + i * coded.space->tail_bytes()));
          ASSERT_LE(std::abs(truth - static_cast<double>(estimates[i])),
                    static_cast<double>(first.constant + first.head * errors.head[lane] + first.tail * errors.tail[lane]));
          ASSERT_LE(std::abs(truth - finer), static_cast<double>(second.constant + second.head * errors.head[lane] + second.tail * errors.tail_rounding[lane]));
        }
      }
    }
  }
}

TEST(RowCodes, TheSecondEstimateIsCloseAndTheHeadHoldsMostOfTheVariance) {
  std::mt19937 random(4);
  for (const bool turned : {false, true}) {
    const CodedRows coded(256, falling_rows(random, 4000, 256, turned));
    EXPECT_LE(coded.space->head(), 128U) << turned;
    EXPECT_EQ(coded.space->head_bytes() + coded.space->tail_bytes(), 128U);
    double squared = 0;
    std::vector<uint32_t> numbers(coded.errors.size() * kBlockRows);
    std::vector<float> estimates(numbers.size());
    const CodedQuery prepared = coded.space->prepare(coded.row(7));
    code_kernels().scan_heads(coded.scan(prepared, std::numeric_limits<float>::lowest()), numbers.data(), estimates.data());
    for (size_t i = 0; i < coded.count; ++i) {
      const double error =
          dot(coded.row(7), coded.row(i)) - static_cast<double>(estimates[i] + prepared.tail_part(coded.tails.data() + i * coded.space->tail_bytes()));
      squared += error * error;
    }
    EXPECT_LT(std::sqrt(squared / static_cast<double>(coded.count)), 0.035);
  }
}

TEST(RowCodes, EstimatesWithinTheMarginsKeepTheNearestRows) {
  std::mt19937 random(5);
  const CodedRows coded(128, falling_rows(random, 6000, 128, true));
  size_t kept = 0, wanted = 0;
  std::vector<uint32_t> numbers(coded.errors.size() * kBlockRows);
  std::vector<float> estimates(numbers.size());
  const std::vector<float> queries = falling_rows(random, 60, 128, true);
  for (size_t q = 0; q < 60; ++q) {
    const std::span<const float> query = std::span(queries).subspan(q * 128, 128);
    code_kernels().scan_heads(coded.scan(coded.space->prepare(query), std::numeric_limits<float>::lowest()), numbers.data(), estimates.data());
    std::vector<std::pair<double, size_t>> truth;
    for (size_t i = 0; i < coded.count; ++i) truth.emplace_back(-dot(query, coded.row(i)), i);
    std::ranges::sort(truth);
    std::vector<float> sorted(estimates.begin(), estimates.begin() + static_cast<std::ptrdiff_t>(coded.count));
    std::ranges::nth_element(sorted, sorted.begin() + 29, std::greater{});
    for (size_t i = 0; i < 30; ++i) kept += estimates[truth[i].second] >= sorted[29] - coded.space->head_margin() ? 1 : 0;
    wanted += 30;
  }
  EXPECT_GE(static_cast<double>(kept) / static_cast<double>(wanted), 0.999);
  EXPECT_LT(coded.space->head_margin(), 0.5F);
}

TEST(RowCodes, AnEvenCloudIsScannedInAllItsDimensions) {
  std::mt19937 random(6);
  std::vector<float> rows;
  for (int i = 0; i < 2000; ++i) {
    const std::vector<float> row = random_unit(random, 64);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const auto space = CodeSpace::fit(64, rows);
  EXPECT_EQ(space->head(), 64U);
  EXPECT_EQ(space->tail_bytes(), 0U);
}

TEST(RowCodes, FewEqualOrNoRowsGiveASpaceThatWorks) {
  const std::vector<float> equal = [] {
    std::vector<float> rows(300 * 8);
    for (size_t i = 0; i < 300; ++i) rows[i * 8 + 3] = 1;
    return rows;
  }();
  for (const size_t count : {0U, 1U, 5U, 300U}) {
    const auto space = CodeSpace::fit(8, std::span(equal).first(count * 8));
    std::vector<uint8_t> head(kBlockRows * space->head_bytes()), tail(kBlockRows * space->tail_bytes());
    BlockErrors errors;
    space->encode(std::span(equal).first(8), head.data(), tail.data(), errors);
    const CodedQuery query = space->prepare(std::span(equal).first(8));
    uint32_t numbers[kBlockRows];
    float estimates[kBlockRows];
    code_kernels().scan_heads({head.data(), &errors, 1, query.head.weights, query.head.base, query.head.scale, 0, 0, -9}, numbers, estimates);
    const ErrorFactors bound = first_bound(query);
    EXPECT_LE(std::abs(1 - estimates[0]), bound.constant + bound.head * errors.head[0] + bound.tail * errors.tail[0]) << count;
    EXPECT_TRUE(std::isfinite(estimates[0]));
  }
}

}  // namespace
}  // namespace nozama
