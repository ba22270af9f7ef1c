// Embedding → indexed vector: a linear map, then L2 normalisation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "model/input_scale.h"

namespace nozama {

// A plain value; const functions may run on many threads.
struct Projection {
  int in = 0, out = 0;
  InputScale scale = InputScale::kLength;  // of the embedding, before the mean is taken off
  std::vector<float> mean;                 // in
  std::vector<float> matrix;               // out × in, row-major

  // matrix · (x − mean), scaled to length 1; embedding.size() == in. All zeros when there is no direction left (a zero
  // embedding, or one equal to the mean), and when a number is not finite: such a vector is similar to nothing.
  std::vector<float> apply(std::span<const float> embedding) const;
  // The same into `result` (out numbers), for rows by the thousand.
  void apply_to(std::span<const float> embedding, std::span<float> result) const;

  std::vector<std::byte> serialise() const;
  // kCorrupt "projection_damaged" for anything but what serialise() wrote; sizes are checked before memory is taken.
  static Result<Projection> deserialise(std::span<const std::byte> bytes);

  friend bool operator==(const Projection&, const Projection&) = default;
};

// `out` orthonormal directions of `in` dimensions (out <= in), the same for the same seed on every machine: keeps
// angles on average, for a catalogue too small to learn from. Mean 0.
Projection seeded_orthogonal(int in, int out, uint64_t seed);

}  // namespace nozama
