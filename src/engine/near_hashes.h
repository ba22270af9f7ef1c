// Finds the 64-bit hashes near a hash without comparing all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nozama {

// Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): of two hashes at most r bits apart, one of the four 16-bit bands
// differs in at most r / 4 bits, so looking into the buckets that near each band finds them all.
class NearHashes {
 public:
  static constexpr int kBitsMax = 11;

  // bits_max from 0 to kBitsMax.
  NearHashes(std::vector<uint64_t> hashes, int bits_max);

  // Positions of the hashes at most bits_max bits from `hash`, nearest first, an equal one included. Where more than count_max
  // are near, as for pictures without any structure, count_max of them.
  std::vector<uint32_t> near(uint64_t hash, size_t count_max) const;

 private:
  static constexpr size_t kBands = 4;
  static constexpr size_t kBuckets = size_t{1} << 16;
  struct Band {
    std::vector<uint32_t> start;      // of each bucket in positions; kBuckets + 1
    std::vector<uint32_t> positions;  // of hashes, by bucket
  };

  std::vector<uint64_t> hashes_;
  int bits_max_;
  std::vector<uint16_t> flips_;  // every value of at most bits_max / 4 bits
  std::array<Band, kBands> bands_;
};

}  // namespace nozama
