// Float loops that the benchmark's own preparations spend their time in.
#pragma once

#include <cstddef>

namespace nozama {

// scores[r] = rows[r] · query, for `count` rows of d numbers.
void dots_of_rows(const float* rows, size_t count, size_t d, const float* query, float* scores);

// out += factor * in, d numbers.
void add_scaled(float* out, const float* in, float factor, size_t d);

}  // namespace nozama
