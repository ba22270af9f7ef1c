#include "model/range_coder.h"

#include <gtest/gtest.h>

#include <random>

namespace nozama {
namespace {

std::vector<bool> decisions_of(std::mt19937& random, size_t count, uint32_t yes_in_thousand) {
  std::vector<bool> decisions;
  for (size_t i = 0; i < count; ++i) decisions.push_back(random() % 1000 < yes_in_thousand);
  return decisions;
}

std::vector<std::byte> encode(const std::vector<bool>& decisions) {
  RangeEncoder encoder;
  DecisionModel model;
  for (size_t i = 0; i < decisions.size(); ++i) {
    if (i % 7 == 3)
      encoder.put_even(decisions[i]);
    else
      encoder.put(decisions[i], model);
  }
  return std::move(encoder).finish();
}

std::vector<bool> decode(std::span<const std::byte> bytes, size_t count) {
  RangeDecoder decoder(bytes);
  DecisionModel model;
  std::vector<bool> decisions;
  for (size_t i = 0; i < count; ++i) decisions.push_back(i % 7 == 3 ? decoder.get_even() : decoder.get(model));
  return decisions;
}

TEST(RangeCoder, RoundTripAtEveryLengthAndProbability) {
  std::mt19937 random(1);
  for (const uint32_t yes : {0U, 1U, 20U, 500U, 980U, 1000U}) {
    for (size_t count = 0; count < 300; ++count) {
      const auto decisions = decisions_of(random, count, yes);
      ASSERT_EQ(decode(encode(decisions), count), decisions) << yes << ' ' << count;
    }
    const auto many = decisions_of(random, 100'000, yes);
    ASSERT_EQ(decode(encode(many), many.size()), many) << yes;
  }
}

TEST(RangeCoder, ProbableDecisionsCostLittle) {
  std::mt19937 random(2);
  RangeEncoder encoder;
  DecisionModel model;
  for (const bool decision : decisions_of(random, 80'000, 100)) encoder.put(decision, model);
  // The entropy of 1 in 10 is 0.469 bits; learning costs some percent.
  EXPECT_LT(std::move(encoder).finish().size(), size_t{80'000} * 52 / 800);
}

TEST(RangeCoder, AnyBytesCanBeRead) {
  std::mt19937 random(3);
  for (size_t size = 0; size < 50; ++size) {
    std::vector<std::byte> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    EXPECT_EQ(decode(bytes, 2000).size(), 2000U);
  }
}

}  // namespace
}  // namespace nozama
