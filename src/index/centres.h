// The centres of a partition's lists: which list a row belongs to, and which lists a search must look into. Internal to the index.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "index/row_codes.h"

namespace nozama {

// Found by k-means (Lloyd, IEEE Trans. Inf. Theory 28, 1982); lists that grow too long are split in two. Immutable.
//
// A list can hold one of the k nearest rows when its centre's similarity to the query, plus a *reach* times the list's radius, is
// not below the k-th best similarity. So an easy query looks into few lists, and a filter that leaves few rows into more. How far
// rows reach is measured on rows of the sample, whose neighbours are known.
class Centres {
 public:
  // Of a sample of rows of length 1, `dimension` numbers each, one after the other. At most `lists` centres and what splitting adds;
  // 0 lists, or fewer than two rows a list: null. Equal samples give equal centres on one machine. Single-threaded;
  // `stop` is asked now and then, and true gives null.
  static std::shared_ptr<const Centres> fit(size_t dimension, std::span<const float> sample, size_t lists, const std::atomic<bool>* stop = nullptr);

  size_t size() const { return radii_.size(); }
  size_t dimension() const { return space_->dimension(); }
  size_t memory() const;  // bytes

  // For a snapshot; docs/index_format.md. kCorrupt "damaged_index" for anything but what bytes() gives.
  std::vector<std::byte> bytes() const;
  static Result<std::shared_ptr<const Centres>> from_bytes(size_t dimension, std::span<const std::byte> bytes);

  // The list of a row of length 1.
  uint32_t nearest(std::span<const float> row) const;

  // Of one query: what the best row of each list can be expected to reach, and a few numbers more that are below all. Looking into the
  // lists whose promise is not below the k-th best similarity gives a share `recall` (0.9 to 0.9999) of the nearest rows, as in the sample.
  void promises(std::span<const float> query, double recall, std::vector<float>& promises) const;

 private:
  Centres() = default;
  void set(size_t dimension, std::vector<float> centres);  // and a space for them
  void code();
  void estimates(std::span<const float> vector, std::vector<float>& sums) const;
  std::vector<uint32_t> assign(std::span<const float> sample) const;
  std::vector<float> means(std::span<const float> sample, std::span<const uint32_t> lists) const;
  void split_long(std::span<const float> sample);
  void measure(std::span<const float> sample, std::span<const uint32_t> lists);

  static constexpr std::array kRecalls = {0.9, 0.95, 0.99, 0.995, 0.999, 0.9999};

  std::vector<float> centres_;       // size() × dimension
  std::vector<float> half_squares_;  // of their lengths
  std::vector<float> radii_;         // root of the mean squared distance of a list's rows
  std::array<float, kRecalls.size()> reaches_ = {};
  std::shared_ptr<const CodeSpace> space_;  // of the centres themselves
  std::vector<uint8_t> heads_;              // their codes, by block
  std::vector<BlockErrors> errors_;
};

}  // namespace nozama
