#include "bench/vector_source.h"

#include <cmath>

namespace nozama {

bool normalise(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares < 1e-30) return false;
  const auto inverse = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : vector) value *= inverse;
  return true;
}

}  // namespace nozama
