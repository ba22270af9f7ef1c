// `nozama bench index`: our index beside others on the same vectors, the same queries, in one run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/measurement.h"

namespace nozama {

struct IndexBenchOptions {
  std::vector<int64_t> rows{5'000, 50'000};
  size_t dimension = 256;
  size_t queries = 1000;
  size_t repeats = 5;  // rounds, ours and a peer's in turns
  size_t threads = 1;
  double peer_seconds = 0;  // PeerOptions::seconds
  uint64_t generator_seed = 1;
  std::vector<std::string> peers;   // names of families or engines
  std::vector<double> filter_pass;  // shares; empty = no filter
  std::filesystem::path vectors;    // a .npy file instead of made vectors
  std::filesystem::path hdf5;       // an ann-benchmarks file instead
  std::filesystem::path keep;       // a folder that our index stays in, with queries and truth
  std::filesystem::path opened;     // only measure what `keep` left there
  std::filesystem::path python;     // that has the peers
  bool exact = false;               // a line for the exact mode too
  size_t churn = 0;                 // rows a second that come and go in two more lines, without and with them
  bool batch = false;               // lines for four queries at a time too
  bool verbose = false;
};

struct IndexBenchEvents {
  std::function<void(const Measurement&)> measured;
  std::function<void(std::string_view stage, int64_t done, int64_t total)> progress;
  std::function<void(std::string_view text)> note;  // what was left out, and how to have it
};

// kInvalidArgument for options that cannot be run: "bad_rows", "bad_dim", "bad_filter_pass", "unknown_peer", "bad_threads", "bad_keep".
Status check(const IndexBenchOptions& options);

// Everything it writes lies in a private folder of the system's temporary one, which is removed.
Status run_index_bench(const IndexBenchOptions& options, const IndexBenchEvents& events, const std::stop_token& stop);

}  // namespace nozama
