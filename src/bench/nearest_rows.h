// The true nearest rows of some queries, found while the rows go by.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/row_labels.h"

namespace nozama {

inline constexpr size_t kNeighbours = 30;  // of every query: recall is recall@30

// What is searched: every row, or those whose label is below `pass`.
struct Workload {
  double pass = 1;
  FilterKind kind = FilterKind::kNone;
  bool passes(const RowLabels& labels) const { return kind == FilterKind::kNone || labels.of(kind) < static_cast<float>(pass); }
};

class NearestRows {
 public:
  // Borrows the queries (d numbers each).
  NearestRows(std::span<const float> queries, size_t d, std::vector<Workload> workloads);

  // Compares every query with rows first, first + 1, …; labels has one entry a row.
  void add(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels);

  // kNeighbours row numbers for each query, best first; -1 where there are fewer rows.
  std::vector<int32_t> ids(size_t workload) const;
  // Found ids, kNeighbours for each query: the share of the true ones that are among them, over all queries.
  double recall(size_t workload, std::span<const int32_t> found) const;
  // Of all rows around the queries: the estimator of Levina and Bickel (NIPS 2004), inverses averaged as MacKay and
  // Ghahramani (2005) note. 0 without enough rows. Needs a first workload without a filter.
  double local_dimension() const;

 private:
  struct Hit {
    float score;
    int32_t row;
  };
  struct Best {
    std::vector<Hit> hits;  // best first, at most kNeighbours
    void offer(Hit hit);
  };
  void add_tile(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels);
  const Best& best(size_t workload, size_t query) const { return best_[workload * queries_.size() / d_ + query]; }

  std::span<const float> queries_;
  size_t d_;
  std::vector<Workload> workloads_;
  std::vector<Best> best_;  // workload-major
};

}  // namespace nozama
