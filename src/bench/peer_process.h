// Another engine, in a process of its own: peers.py run by a Python that has it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "bench/measurement.h"

namespace nozama {

// A name of --peers, and the ways in which that engine is run; each is a line of the result.
struct PeerFamily {
  std::string_view name;
  std::vector<std::string_view> engines;
  std::vector<std::string_view> filtered;  // those of them that filter
};
std::span<const PeerFamily> peer_families();
// Names of families or engines → engines. kInvalidArgument "unknown_peer".
Result<std::vector<std::string>> engines_of(const std::vector<std::string>& names, bool filtered);

struct PeerOptions {
  std::filesystem::path python;  // an interpreter that has the engines
  std::filesystem::path folder;  // with rows.npy, queries.npy, truth.npy, labels.npy and peers.py
  size_t threads = 1;
  std::vector<Workload> workloads;
  bool verbose = false;  // the sweep on standard error
  double seconds = 0;    // after which the sweep ends; a peer that is not ready after twice that is ended. 0 = no limit
  std::stop_token stop;
};

class PeerProcess {
 public:
  // What it is after the sweep.
  struct Prepared {
    std::string version;
    double build_cpu_s = 0, index_bytes = 0, resident_bytes = 0;
    std::vector<SweepPoint> sweep;      // without a filter
    std::vector<std::string> settings;  // one a workload: the fastest with recall >= 0.99, or the one with the best recall
  };

  // Starts the process. Its replies stop coming when `stop` is requested: kCancelled then.
  static Result<std::unique_ptr<PeerProcess>> start(const std::string& engine, const PeerOptions& options);
  ~PeerProcess();  // ends it
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // Builds and sweeps. kNotFound "peer_missing" when its package is not installed, kUnavailable "peer_slow".
  Result<Prepared> prepare(const std::function<void(std::string_view step)>& progress);
  // All queries once; the rows found.
  Result<std::vector<int32_t>> round(size_t workload, Rounds& rounds);
  Result<double> peak_bytes();

 private:
  struct Reply;
  PeerProcess() = default;
  Result<Reply> ask(const std::string& question, const std::function<void(std::string_view step)>& progress);
  Result<std::string> read_line();

  std::string engine_, buffer_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point limit_ = std::chrono::steady_clock::time_point::max();  // for the next answer
  int process_ = -1, to_ = -1, from_ = -1;
};

// Writes FOLDER/rows.npy of an ann-benchmarks HDF5 file's vectors of length 1, its queries last.
Status convert_hdf5(const PeerOptions& options, const std::filesystem::path& file);

}  // namespace nozama
