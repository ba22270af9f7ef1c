// Vectors as 4-bit codes: how rows are packed, what a query is compared with, and how wrong an estimate can be.
// Internal to the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "index/code_kernels.h"

namespace nozama {

// A query in the space of the codes. Of a row, head.base + head.scale × Σ weight × code over the head is the *first estimate*;
// the same over the tail, added, makes the *second*.
struct CodedQuery {
  struct Part {
    std::vector<int8_t> weights;
    float scale = 0, base = 0;
    float norm = 0;   // of the query in these dimensions
    float error = 0;  // by which rounding the weights changes an estimate at most
  };
  Part head, tail;
  // What the tail of a row adds to its first estimate.
  float tail_part(const uint8_t* row_tail) const;
};

// An orthonormal basis in whose first dimensions rows vary most, and the steps of the codes in each. Rows are coded relative to
// their mean. Immutable.
class CodeSpace {
 public:
  // From a sample: rows of `dimension` numbers (a multiple of 4), one after the other. Equal samples give equal spaces on one
  // machine. Too few rows, or dimensions above kBasisMax: the basis that they are in.
  static std::shared_ptr<const CodeSpace> fit(size_t dimension, std::span<const float> sample);
  // The same without margins, which take most of the time.
  static std::shared_ptr<const CodeSpace> fit_basis(size_t dimension, std::span<const float> sample);
  static constexpr size_t kBasisMax = 512;

  // For a snapshot; docs/index_format.md. kCorrupt "damaged_index" for anything but what bytes() gives.
  std::vector<std::byte> bytes() const;
  static Result<std::shared_ptr<const CodeSpace>> from_bytes(size_t dimension, std::span<const std::byte> bytes);

  size_t dimension() const { return dimension_; }
  size_t head() const { return head_; }  // dimensions that are scanned, a multiple of 8
  size_t head_bytes() const { return head_ / 2; }
  size_t tail_bytes() const { return tail_ / 2; }

  // A query of length 1.
  CodedQuery prepare(std::span<const float> query) const;

  // At most kBlockRows rows (of length 1) into a block. `heads`: kBlockRows × head_bytes(), `tails`: kBlockRows × tail_bytes().
  void encode(std::span<const float> rows, uint8_t* heads, uint8_t* tails, BlockErrors& errors) const;

  // How far below the k-th best first (second) estimate the estimate of one of the k nearest can be expected: more than was seen
  // in the sample for all but one in two thousand.
  float head_margin() const { return head_margin_; }
  float tail_margin() const { return tail_margin_; }

 private:
  CodeSpace(size_t dimension, std::span<const float> sample);
  CodeSpace() = default;
  void choose_basis(std::span<const float> sample);
  void choose_head(std::span<const float> variances);
  void measure_margins(std::span<const float> sample);
  void rotate(std::span<const float> rows, std::vector<float>& rotated) const;
  void measure_rounding();

  size_t dimension_ = 0, padded_ = 0, head_ = 0, tail_ = 0;  // padded_ = head_ + tail_
  std::vector<float> basis_;                                 // empty, or dimension_ × dimension_: [j × dimension_ + i] is element j of direction i
  std::vector<float> mean_, steps_;                          // by direction, padded_
  float head_margin_ = 0, tail_margin_ = 0;
  float rounding_error_ = 0;  // by which a basis in single precision can change a similarity
};

// The proven bounds of |similarity − estimate| of a row, from the units of BlockErrors.
struct ErrorFactors {
  float head = 0, tail = 0, constant = 0;
};
// Of a score in double precision that is kept in a float, relative to 1 + |weight|.
inline constexpr float kScoreRounding = 1e-6F;
ErrorFactors first_bound(const CodedQuery& query);
ErrorFactors second_bound(const CodedQuery& query);  // with tail_rounding in the place of tail

}  // namespace nozama
