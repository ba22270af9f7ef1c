// Adaptive binary arithmetic coding: yes/no decisions written at their information content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

// The probability that a decision is `false`, in 1/4096; it learns from every decision it codes.
struct DecisionModel {
  uint16_t no = 2048;

  // The part of the range that is `false`.
  uint32_t bound(uint32_t range) const { return (range >> kProbabilityBits) * no; }
  void learn(bool decision) {
    const int change = decision ? -(no >> kLearningShift) : ((1 << kProbabilityBits) - no) >> kLearningShift;
    no = static_cast<uint16_t>(no + change);
  }

 private:
  static constexpr int kProbabilityBits = 12;
  static constexpr int kLearningShift = 4;
};

inline constexpr uint32_t kRangeMin = 1U << 24;  // below it, a byte is written or read

// The range coder of LZMA (I. Pavlov; after G. N. N. Martin, 1979).
class RangeEncoder {
 public:
  // Inline: it is called for every bit of a vector.
  void put(bool decision, DecisionModel& model) {
    const uint32_t bound = model.bound(range_);
    if (decision) {
      low_ += bound;
      range_ -= bound;
    } else {
      range_ = bound;
    }
    model.learn(decision);
    while (range_ < kRangeMin) {
      range_ <<= 8;
      shift();
    }
  }
  void put_even(bool decision);  // both answers equally probable
  // The shortest bytes from which the decisions can be read.
  std::vector<std::byte> finish() &&;

 private:
  void shift();

  uint64_t low_ = 0;
  uint32_t range_ = UINT32_MAX;
  uint8_t cache_ = 0;
  size_t pending_ = 0;  // bytes 0xff that a carry may still turn into 0x00
  bool started_ = false;
  std::vector<std::byte> bytes_;
};

// Reads any bytes without failing; beyond the end there are zeros.
class RangeDecoder {
 public:
  explicit RangeDecoder(std::span<const std::byte> bytes);
  bool get(DecisionModel& model);
  bool get_even();

 private:
  void normalise();
  uint8_t next();

  std::span<const std::byte> bytes_;
  size_t at_ = 0;
  uint32_t code_ = 0, range_ = UINT32_MAX;
};

}  // namespace nozama
