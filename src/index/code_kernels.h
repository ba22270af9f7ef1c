// The inner loops over 4-bit codes, chosen at run time for the processor. Internal to the index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nozama {

// Rows are scanned 16 at a time. A block holds the heads of 16 rows, eight dimensions after another: byte (g × 16 + row) × 4 + j
// has the code of dimension 8 g + j in its low half and that of 8 g + 4 + j in its high half.
// A row's tail is its own: byte 32 c + i has the code of dimension 64 c + i in its low half and that of 64 c + 32 + i in its high half.
inline constexpr size_t kBlockRows = 16;

// Of 16 rows, what their codes leave out: Euclidean lengths in units of kErrorUnit, rounded up.
struct BlockErrors {
  std::array<uint8_t, kBlockRows> head;           // of the rounding in the head
  std::array<uint8_t, kBlockRows> tail;           // of the row itself in the tail
  std::array<uint8_t, kBlockRows> tail_rounding;  // of the rounding in the tail
};
inline constexpr float kErrorUnit = 1.0F / 126;  // 255 of them are more than the diameter of the sphere

// Every row of some blocks with base + scale × Σ weight × code + head_error × head + tail_error × tail >= threshold.
struct HeadScan {
  const uint8_t* heads = nullptr;
  const BlockErrors* errors = nullptr;
  size_t blocks = 0;
  std::span<const int8_t> weights;  // one a dimension of the head
  float base = 0, scale = 0;
  float head_error = 0, tail_error = 0;  // 0 and 0: the errors are not read
  float threshold = 0;
};

struct CodeKernels {
  std::string_view name;  // "avx512-vnni", "avx2", "portable"
  // Rows (counted from the first block's first) in ascending order, and their sums; both have room for all rows. Their number.
  size_t (*scan_heads)(const HeadScan& scan, uint32_t* rows, float* sums);
  // Σ weight × code of one tail; bytes = weights.size() / 2, a multiple of 32.
  int32_t (*tail_dot)(const uint8_t* tail, std::span<const int8_t> weights);
  // out[i] += factor × in[i].
  void (*add_scaled)(float* out, const float* in, float factor, size_t count);
  // Σ a[i] × b[i].
  float (*dot)(const float* a, const float* b, size_t count);
  // How many are at least `least`.
  size_t (*count_at_least)(const float* values, size_t count, float least);
};

// The fastest set that this processor runs.
const CodeKernels& code_kernels();
// All that it runs, slowest first: the portable one is the reference of the tests.
std::span<const CodeKernels> available_code_kernels();

}  // namespace nozama
