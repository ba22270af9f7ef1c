#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

// Every flipped bit pattern, every shorter length and a longer one must be kCorrupt with this reason.
template <class Read>
void expect_damage_noticed(const std::vector<std::byte>& good, Read read, const std::string& reason) {
  ASSERT_TRUE(read(good));
  const auto expect_refused = [&](const std::vector<std::byte>& bad, size_t at) {
    const auto result = read(bad);
    ASSERT_FALSE(result) << at;
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(result.error().reason, reason);
  };
  for (size_t i = 0; i < good.size(); ++i) {
    for (const auto flip : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
      std::vector<std::byte> bad = good;
      bad[i] ^= flip;
      expect_refused(bad, i);
    }
    expect_refused({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i)}, i);
  }
  std::vector<std::byte> longer = good;
  longer.push_back(std::byte{0});
  expect_refused(longer, good.size());
}

}  // namespace nozama
