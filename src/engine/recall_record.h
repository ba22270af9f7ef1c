// What the recall meter has seen, in bounded memory and without a trace of what was searched for.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "index/vector_index.h"
#include "train/metrics.h"

namespace nozama {

// Recall is counted at so many results: a first page.
inline constexpr int kRecallResults = 30;

struct RecallFigures {
  struct Latency {
    double p50_ms = 0, p99_ms = 0;  // processor time
  };
  struct Window {
    int64_t searches = 0;  // the newest, at most RecallRecord::kWindowSearches; without any, the rest is 0
    double recall = 0;
    // 95 %. Wilson's, with a search for one observation: the results of one search are missed together or not at all, and an
    // interval of single results would claim too much.
    Interval interval;
    Latency usual, exact;
  };
  struct Hour {
    int64_t start_ms = 0;  // since the Unix epoch
    int64_t searches = 0, expected = 0, found = 0;
  };
  struct Miss {
    int64_t time_ms = 0;
    int expected = 0, missing = 0;  // results
    int first_rank = 0;             // of the best one that is missing; 1 = the best of all
    bool filtered = false;
  };

  int64_t sample_every = 0;  // one search in so many; 0 = off
  // Since the start.
  int64_t searches = 0;             // measured
  int64_t skipped = 0;              // chosen, but too many were waiting
  int64_t failed = 0;               // the index could not answer
  int64_t expected = 0, found = 0;  // results of the exact mode, and of them those of the usual one
  Window window;
  std::vector<Hour> hours;   // those with searches, oldest first
  std::vector<Miss> misses;  // newest first
};

// Not thread-safe.
class RecallRecord {
 public:
  static constexpr size_t kWindowSearches = 10'000;
  static constexpr size_t kHours = 7 * 24;
  static constexpr size_t kMisses = 20;

  // Results below `least_score` are not the answer's. A search that finds nothing in either mode says nothing and is not counted.
  void add(const BothModes& both, float least_score, bool filtered, int64_t now_ms);
  void add_failure() { ++totals_.failed; }

  RecallFigures figures() const;

 private:
  struct Search {
    int expected, found;
    double usual_ms, exact_ms;
  };
  RecallFigures::Window window() const;

  RecallFigures totals_;  // but for the window
  std::vector<Search> newest_;
  size_t next_ = 0;  // of newest_, to be written over
  std::deque<RecallFigures::Hour> hours_;
  std::deque<RecallFigures::Miss> misses_;
};

}  // namespace nozama
