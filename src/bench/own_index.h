// Our index as the benchmark drives it.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/measurement.h"
#include "index/vector_index.h"

namespace nozama {

class OwnIndex {
 public:
  explicit OwnIndex(size_t dimension);

  // One product a row, all in one partition; `first` is the row number of the first.
  Status add(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels);
  void remove(int64_t first, size_t count);
  // Writes a snapshot, lets go of what was built and opens the snapshot, as the program does when it starts.
  Status reopen(const std::filesystem::path& snapshot);
  Status open(const std::filesystem::path& snapshot);

  struct Mode {
    Workload workload;
    bool exact = false;
    size_t together = 1;  // queries of one search_many(); a query's time is its share then
  };
  // Of one query, or of as many as `together` says at most: row numbers, kNeighbours a query; -1 where there are fewer.
  Result<std::vector<int32_t>> search(std::span<const float> queries, const Mode& mode) const;
  // All queries once, after a few to warm up.
  Result<std::vector<int32_t>> round(std::span<const float> queries, const Mode& mode, Rounds& rounds) const;

  VectorIndex& index() { return *index_; }
  static std::string version();
  double build_cpu_s() const { return build_cpu_s_; }
  double index_bytes() const { return index_bytes_; }
  double resident_bytes() const { return resident_bytes_; }
  double open_s() const { return open_s_; }

 private:
  size_t dimension_;
  std::unique_ptr<VectorIndex> index_;
  double build_cpu_s_ = 0, index_bytes_ = 0, resident_bytes_ = 0, open_s_ = 0;
};

}  // namespace nozama
