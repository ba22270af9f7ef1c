// One line of a benchmark's result.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/nearest_rows.h"

namespace nozama {

// Of single queries, one after the other.
struct QueryTimes {
  double qps = 0;
  double p50_us = 0, p99_us = 0;
  double cpu_us = 0;  // processor time of a query, mean
};

// What the same queries took in several rounds. Each query counts with its median over the rounds, so that what else the machine
// does falls out.
class Rounds {
 public:
  void add(std::vector<float> times_us, double cpu_us);
  // A round in which an engine took all queries in one call, and answered them one after the other; us a query.
  void add_loop(double us) { loops_.push_back(us); }
  void append(const Rounds& others);
  QueryTimes summary() const;
  bool empty() const { return rounds_.empty(); }

 private:
  std::vector<std::vector<float>> rounds_;
  std::vector<double> cpu_, loops_;
};

// From before a snapshot is opened to the first answer, and every query once.
struct Start {
  double first_answer_s = 0, cpu_s = 0;  // by the clock, and of that processor time
  double cached = 0;                     // the share of the file that was in memory before
  QueryTimes times;
};

// Of an index that another process has made; bench/kept_index.h.
struct Opened {
  Start cold, warm;
  double mapped_bytes = 0;  // resident, of files
};

// One of the settings that a peer was tried with; the time is that of a sample of the queries.
struct SweepPoint {
  double recall = 0, us = 0;
};

struct Measurement {
  std::string engine, version;
  std::string setting;  // of the engine, as chosen by the sweep
  std::string data;
  int64_t rows = 0;
  size_t dimension = 0, threads = 1;
  Workload workload;
  double recall = 0;
  QueryTimes times;
  double build_cpu_s = 0;
  double index_bytes = 0;     // of its file or files, what it re-ranks with included
  double resident_bytes = 0;  // anonymous memory that building or opening it took
  double peak_bytes = 0;      // of the process, resident
  double local_dimension = 0;
  double ours_qps = 0;  // nozama's, measured in turns with this engine
  std::optional<Opened> opened;
  std::vector<SweepPoint> sweep;
};

std::string measurement_json(const Measurement& measurement, const Machine& machine);

std::string measurement_table_head();
std::string measurement_table_row(const Measurement& measurement);
std::string_view filter_kind_name(FilterKind kind);

}  // namespace nozama
