// The inner loops of a search, chosen at run time for the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nozama {

// Rows are scanned 16 at a time. A block holds 16 rows of d 8-bit codes (d a multiple of 4), interleaved by fours:
// byte ((j / 4) * 16 + row) * 4 + j % 4 is code j of the row. One 64-byte load then is four codes of all 16 rows.
inline constexpr size_t kBlockRows = 16;

// A query as the kernels want it. 7-bit signed codes, so that two products of a code (0..255) and a query code
// (-64..64) still fit 16 bits in the AVX2 path.
struct QuantisedQuery {
  std::vector<int8_t> codes;
  float scale = 0;  // query[j] ≈ codes[j] * scale
  int sum = 0;      // of codes; rows are stored with an offset of 128
};
QuantisedQuery quantise_query(std::span<const float> query);

struct ScanKernels {
  std::string_view name;  // "avx512-vnni", "avx2", "portable"
  // dots[row] = sum over j of block code * query code, for the 16 rows of one block. d = query.codes.size().
  void (*block_dots)(const uint8_t* block, const QuantisedQuery& query, int32_t* dots);
  // The inner product of a query with one row of IEEE half numbers, summed in float.
  float (*half_dot)(const uint16_t* row, const float* query, size_t d);
  // The same in double, where every product is exact: for the exact mode.
  double (*half_dot_exact)(const uint16_t* row, const float* query, size_t d);
};

// The fastest set that this processor runs.
const ScanKernels& scan_kernels();
// All that it runs, slowest first: the portable one is the reference of the tests.
std::span<const ScanKernels> available_scan_kernels();

}  // namespace nozama
