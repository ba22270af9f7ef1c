// How an embedding is scaled before a linear map is applied to it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

// Stored as numbers: append only.
enum class InputScale : uint32_t {
  kNone,
  kLength,  // to length 1
  kRoots,   // the square root of every number, then to length 1: the inner product of two is then a Bhattacharyya coefficient, and no
            // single strong feature decides alone (Perronnin, Sánchez, Mensink, ECCV 2010). For embeddings without negative numbers;
            // where there is one, its root keeps its sign.
};

// All zeros where there is no direction: a zero embedding, or a number that is not finite.
std::vector<float> scaled(std::span<const float> embedding, InputScale scale);

// What a linear map is to be learned with: kRoots where no number of the rows is negative (averages of rectified features), else kLength.
InputScale suited_scale(std::span<const float> rows);

}  // namespace nozama
