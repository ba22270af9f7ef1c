// The space of the codes as bytes; docs/index_format.md describes them.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "index/row_codes.h"

namespace nozama {
namespace {

struct SpaceHeader {
  uint32_t head, tail;
  float head_margin, tail_margin;
};
constexpr float kNumberMax = 1e6F;
constexpr size_t kPaddingMax = 128;  // what head and tail may be longer than the dimension

}  // namespace

std::vector<std::byte> CodeSpace::bytes() const {
  std::vector<std::byte> bytes;
  const auto append = [&bytes](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  const SpaceHeader header{static_cast<uint32_t>(head_), static_cast<uint32_t>(tail_), head_margin_, tail_margin_};
  append(std::as_bytes(std::span(&header, 1)));
  for (const std::vector<float>* numbers : {&mean_, &steps_, &basis_}) append(std::as_bytes(std::span(*numbers)));
  return bytes;
}

Result<std::shared_ptr<const CodeSpace>> CodeSpace::from_bytes(size_t dimension, std::span<const std::byte> bytes) {
  const auto damaged = fail(ErrorCode::kCorrupt, "damaged_index", "the index snapshot is damaged: the space of its codes is impossible");
  SpaceHeader header;
  if (bytes.size() < sizeof header || (bytes.size() - sizeof header) % sizeof(float) != 0) return damaged;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::vector<float> numbers((bytes.size() - sizeof header) / sizeof(float));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data() + sizeof header, numbers.size() * sizeof(float));
  const size_t padded = size_t{header.head} + header.tail;
  const bool sizes = header.head % 8 == 0 && header.tail % 64 == 0 && header.head > 0 && padded >= dimension && padded <= dimension + kPaddingMax;
  if (!sizes || (numbers.size() != 2 * padded && numbers.size() != 2 * padded + dimension * dimension)) return damaged;
  const auto sane = [](float number) { return std::abs(number) < kNumberMax; };
  if (!std::ranges::all_of(numbers, sane) || !sane(header.head_margin) || !sane(header.tail_margin)) return damaged;

  std::shared_ptr<CodeSpace> space(new CodeSpace);
  space->dimension_ = dimension;
  space->head_ = header.head;
  space->tail_ = header.tail;
  space->padded_ = padded;
  space->head_margin_ = header.head_margin;
  space->tail_margin_ = header.tail_margin;
  const auto part = [&numbers](size_t first, size_t count) {
    const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  space->mean_ = part(0, padded);
  space->steps_ = part(padded, padded);
  space->basis_ = part(2 * padded, numbers.size() - 2 * padded);
  space->measure_rounding();
  return space;
}

}  // namespace nozama
