#include "model/range_coder.h"

namespace nozama {
// The byte that falls out of `low_` at the top waits in `cache_` until no carry can reach it.
void RangeEncoder::shift() {
  const bool carry = low_ > UINT32_MAX;
  if (carry || low_ < 0xff000000U) {
    if (started_) bytes_.push_back(static_cast<std::byte>(cache_ + (carry ? 1 : 0)));
    for (; pending_ > 0; --pending_) bytes_.push_back(carry ? std::byte{0} : std::byte{0xff});
    started_ = true;
    cache_ = static_cast<uint8_t>(low_ >> 24);
  } else {
    ++pending_;
  }
  low_ = (low_ & 0x00ffffff) << 8;
}

void RangeEncoder::put_even(bool decision) {
  DecisionModel even;
  put(decision, even);
}

std::vector<std::byte> RangeEncoder::finish() && {
  // Any number in [low, low + range) will do: the one with most zeros at the end, which need not be stored.
  low_ = (low_ + range_ - 1) & ~uint64_t{0x00ffffff};
  for (int i = 0; i < 5; ++i) shift();
  while (!bytes_.empty() && bytes_.back() == std::byte{0}) bytes_.pop_back();
  return std::move(bytes_);
}

RangeDecoder::RangeDecoder(std::span<const std::byte> bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) code_ = (code_ << 8) | next();
}

uint8_t RangeDecoder::next() { return at_ < bytes_.size() ? static_cast<uint8_t>(bytes_[at_++]) : 0; }

void RangeDecoder::normalise() {
  while (range_ < kRangeMin) {
    range_ <<= 8;
    code_ = (code_ << 8) | next();
  }
}

bool RangeDecoder::get(DecisionModel& model) {
  const uint32_t bound = model.bound(range_);
  const bool decision = code_ >= bound;
  if (decision) {
    code_ -= bound;
    range_ -= bound;
  } else {
    range_ = bound;
  }
  model.learn(decision);
  normalise();
  return decision;
}

bool RangeDecoder::get_even() {
  DecisionModel even;
  return get(even);
}

}  // namespace nozama
