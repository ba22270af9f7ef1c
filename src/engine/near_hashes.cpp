#include "engine/near_hashes.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace nozama {
namespace {

uint16_t band_of(uint64_t hash, size_t band) { return static_cast<uint16_t>(hash >> (16 * band)); }

}  // namespace

NearHashes::NearHashes(std::vector<uint64_t> hashes, int bits_max) : hashes_(std::move(hashes)), bits_max_(bits_max) {
  if (bits_max < 0 || bits_max > kBitsMax) abort_with("a hash distance that the buckets do not cover");
  for (uint32_t value = 0; value < kBuckets; ++value) {
    if (std::popcount(value) <= bits_max / static_cast<int>(kBands)) flips_.push_back(static_cast<uint16_t>(value));
  }
  for (size_t band = 0; band < kBands; ++band) {
    auto& [start, positions] = bands_[band];
    start.assign(kBuckets + 1, 0);
    for (const uint64_t hash : hashes_) ++start[band_of(hash, band) + size_t{1}];
    for (size_t bucket = 0; bucket < kBuckets; ++bucket) start[bucket + 1] += start[bucket];
    positions.resize(hashes_.size());
    std::vector<uint32_t> next(start.begin(), start.end() - 1);
    for (size_t i = 0; i < hashes_.size(); ++i) positions[next[band_of(hashes_[i], band)]++] = static_cast<uint32_t>(i);
  }
}

std::vector<uint32_t> NearHashes::near(uint64_t hash, size_t count_max) const {
  const int band_bits_max = bits_max_ / static_cast<int>(kBands);
  std::vector<uint32_t> found;
  for (size_t band = 0; band < kBands; ++band) {
    for (const uint16_t flip : flips_) {
      const size_t bucket = band_of(hash, band) ^ flip;
      for (uint32_t i = bands_[band].start[bucket]; i < bands_[band].start[bucket + 1] && found.size() < count_max; ++i) {
        const uint32_t position = bands_[band].positions[i];
        const uint64_t difference = hashes_[position] ^ hash;
        if (std::popcount(difference) > bits_max_) continue;
        // An earlier band that is near as well has found it already.
        bool seen = false;
        for (size_t earlier = 0; earlier < band; ++earlier) seen |= std::popcount(band_of(difference, earlier)) <= band_bits_max;
        if (!seen) found.push_back(position);
      }
    }
  }
  std::ranges::sort(found, {}, [&](uint32_t position) { return std::pair{std::popcount(hashes_[position] ^ hash), position}; });
  return found;
}

}  // namespace nozama
