// What the benchmark filters by: two numbers a row, evenly spread over 0 to 1, so that "below p" passes the share p.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

enum class FilterKind { kNone, kRandom, kCluster };

struct RowLabels {
  float random = 0;   // of the row's number alone
  float cluster = 0;  // rows that lie together have near numbers: a filter passes whole clusters
  float of(FilterKind kind) const { return kind == FilterKind::kCluster ? cluster : random; }
};

class Labeller {
 public:
  // Learns clusters from a sample of the rows (each d numbers): the nearest of 64 of them, in the order in which they stand there.
  Labeller(std::span<const float> sample, size_t d);
  RowLabels label(int64_t row, std::span<const float> vector) const;

 private:
  size_t nearest(std::span<const float> vector) const;

  size_t d_;
  std::vector<float> anchors_;
  std::vector<float> ends_;  // the share of rows up to and with each anchor's
};

}  // namespace nozama
