// Where a benchmark's vectors come from. All have Euclidean length 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

// Vectors in the order of their ids, from 0; read once.
class VectorSource {
 public:
  virtual ~VectorSource() = default;
  virtual size_t dimension() const = 0;
  // Fills `vectors`, a multiple of dimension() numbers, with the next ones; gives how many there were. Fewer than asked
  // for: it is at its end.
  virtual Result<size_t> read(std::span<float> vectors) = 0;
};

// What one run measures on: rows, and queries like them that are not among them.
struct BenchVectors {
  std::string name;  // "cnn-like", or the file's
  std::unique_ptr<VectorSource> rows;
  std::vector<float> queries;  // count × dimension
};

// Scales a vector to length 1; false for one that has none.
bool normalise(std::span<float> vector);

}  // namespace nozama
