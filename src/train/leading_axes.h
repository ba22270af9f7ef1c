#pragma once

#include <cstddef>
#include <functional>

#include "base/matmul.h"

namespace nozama {

// product = matrix · basis; product comes filled with zeros.
using SymmetricProduct = std::function<void(const PaddedMatrix& basis, PaddedMatrix& product)>;

// The axes of a symmetric dim × dim matrix with the greatest values, as columns of length 1, greatest first: dim × count. Where a few of many
// are asked for: subspace iteration from a random start, and in the end the exact axes within the subspace (Halko, Martinsson, Tropp,
// "Finding structure with randomness", SIAM Review 2011). Deterministic.
PaddedMatrix leading_axes(size_t dim, size_t count, const SymmetricProduct& multiply);

}  // namespace nozama
