// What an operator watches, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nozama {

struct EngineStats;
struct RecallFigures;
struct StageTimings;

struct PoolGauges {
  size_t encode_queue = 0;
  size_t catalogue_queue = 0;
  size_t connections = 0;
};

// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `route` is the pattern ("/api/v1/products/{id}"), never the path: labels must stay few.
  void count_request(std::string_view route, std::string_view method, int status, double seconds);

  // Stages that a search did not need (a vector is neither decoded nor encoded) are not observed.
  void observe_search(const StageTimings& timings, bool with_photo);

  std::string render(const PoolGauges& pools, const EngineStats& stats, const RecallFigures& recall);

 private:
  struct State;
  void set_recall(const RecallFigures& figures);
  std::unique_ptr<State> state_;
};

// Of this process, in bytes; 0 where /proc is missing.
int64_t resident_memory_bytes();

}  // namespace nozama
