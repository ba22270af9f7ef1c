// The centres of clustered lists as bytes; docs/index_format.md describes them.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "index/centres.h"
#include "index/snapshot_format.h"

namespace nozama {
namespace {

struct CentresHeader {
  uint32_t lists, space_bytes;
};
constexpr float kNumberMax = 1e6F;

}  // namespace

std::vector<std::byte> Centres::bytes() const {
  std::vector<std::byte> bytes;
  const auto append = [&bytes](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  const std::vector<std::byte> space = space_->bytes();
  const CentresHeader header{static_cast<uint32_t>(size()), static_cast<uint32_t>(space.size())};
  append(std::as_bytes(std::span(&header, 1)));
  append(space);
  append(std::as_bytes(std::span(reaches_)));
  append(std::as_bytes(std::span(radii_)));
  append(std::as_bytes(std::span(centres_)));
  return bytes;
}

Result<std::shared_ptr<const Centres>> Centres::from_bytes(size_t dimension, std::span<const std::byte> bytes) {
  CentresHeader header;
  const auto damaged = damaged_snapshot("the centres of a partition are impossible");
  if (bytes.size() < sizeof header) return damaged;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes = bytes.subspan(sizeof header);
  const uint64_t numbers = kRecalls.size() + uint64_t{header.lists} * (dimension + 1);
  if (header.lists == 0 || bytes.size() != header.space_bytes + numbers * sizeof(float)) return damaged;
  auto space = CodeSpace::from_bytes(dimension, bytes.first(header.space_bytes));
  if (!space) return propagate(space);
  std::shared_ptr<Centres> centres(new Centres);
  centres->space_ = std::move(*space);
  centres->centres_.resize(header.lists * dimension);
  std::vector<float> radii(header.lists);
  bytes = bytes.subspan(header.space_bytes);
  for (const std::span<float> part : {std::span<float>(centres->reaches_), std::span<float>(radii), std::span<float>(centres->centres_)}) {
    std::memcpy(part.data(), bytes.data(), part.size_bytes());
    bytes = bytes.subspan(part.size_bytes());
    if (!std::ranges::all_of(part, [](float number) { return std::abs(number) < kNumberMax; })) return damaged;
  }
  centres->code();
  centres->radii_ = std::move(radii);
  return centres;
}

}  // namespace nozama
