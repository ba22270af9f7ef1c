#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <mutex>

#include "engine/engine.h"
#include "engine/recall_record.h"

namespace nozama {
namespace {

using prometheus::BuildCounter, prometheus::BuildGauge, prometheus::BuildHistogram;

// Seconds. Wide enough for a static file and for a large photo on a slow machine.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// A counter of what is counted elsewhere.
void raise_to(prometheus::Counter& counter, int64_t value) { counter.Increment(static_cast<double>(value) - counter.Value()); }

}  // namespace

struct Metrics::State {
  std::mutex render_mutex;  // the values are set and written together
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      BuildCounter().Name("nozama_http_requests_total").Help("Requests answered, by route, method and status").Register(registry);
  prometheus::Family<prometheus::Histogram>& request_seconds =
      BuildHistogram().Name("nozama_http_request_seconds").Help("From the last byte of a request to its answer, by route").Register(registry);
  prometheus::Family<prometheus::Histogram>& stage_seconds =
      BuildHistogram().Name("nozama_search_stage_seconds").Help("Stages of a search: decode, encode, search, rank").Register(registry);
  prometheus::Histogram& decode = stage_seconds.Add({{"stage", "decode"}}, kBuckets);
  prometheus::Histogram& encode = stage_seconds.Add({{"stage", "encode"}}, kBuckets);
  prometheus::Histogram& search = stage_seconds.Add({{"stage", "search"}}, kBuckets);
  prometheus::Histogram& rank = stage_seconds.Add({{"stage", "rank"}}, kBuckets);

  prometheus::Family<prometheus::Gauge>& queue = BuildGauge().Name("nozama_queue_length").Help("Requests that wait for a thread of a pool").Register(registry);
  prometheus::Gauge& encode_queue = queue.Add({{"pool", "encode"}});
  prometheus::Gauge& catalogue_queue = queue.Add({{"pool", "catalogue"}});
  prometheus::Gauge& connections = gauge("nozama_connections", "Open connections");
  prometheus::Gauge& products = gauge("nozama_products", "Products in the catalogue");
  prometheus::Gauge& pictures = gauge("nozama_pictures", "Pictures in the catalogue");
  prometheus::Gauge& indexed = gauge("nozama_indexed_products", "Products that a photo can find");
  prometheus::Gauge& lag = gauge("nozama_index_lag_changes", "Changes in the database that the index has not applied yet");
  prometheus::Gauge& index_bytes = gauge("nozama_index_bytes", "Size of the index");
  prometheus::Gauge& memory = gauge("process_resident_memory_bytes", "Resident memory of the process");

  prometheus::Family<prometheus::Counter>& recall_searches =
      BuildCounter().Name("nozama_recall_searches_total").Help("Searches chosen to be repeated exactly, by what became of them").Register(registry);
  prometheus::Counter& recall_measured = recall_searches.Add({{"outcome", "measured"}});
  prometheus::Counter& recall_skipped = recall_searches.Add({{"outcome", "skipped"}});
  prometheus::Counter& recall_failed = recall_searches.Add({{"outcome", "failed"}});
  prometheus::Family<prometheus::Counter>& recall_results = BuildCounter()
                                                                .Name("nozama_recall_results_total")
                                                                .Help("Results of the exact repeats' first 30, by whether the search had found them")
                                                                .Register(registry);
  prometheus::Counter& recall_found = recall_results.Add({{"found", "true"}});
  prometheus::Counter& recall_missed = recall_results.Add({{"found", "false"}});
  prometheus::Gauge& recall_share = gauge("nozama_recall_at_30", "Share of them that had been found, of the newest 10,000 searches measured; NaN without any");
  prometheus::Family<prometheus::Gauge>& recall_seconds =
      BuildGauge().Name("nozama_recall_cpu_seconds").Help("Processor time of those searches in the index, by mode and quantile").Register(registry);

  prometheus::Gauge& gauge(const char* name, const char* help) { return BuildGauge().Name(name).Help(help).Register(registry).Add({}); }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(std::string_view route, std::string_view method, int status, double seconds) {
  state_->requests.Add({{"route", std::string(route)}, {"method", std::string(method)}, {"status", std::to_string(status)}}).Increment();
  state_->request_seconds.Add({{"route", std::string(route)}}, kBuckets).Observe(seconds);
}

void Metrics::observe_search(const StageTimings& timings, bool with_photo) {
  if (with_photo) {
    state_->decode.Observe(timings.decode_ms / 1000);
    state_->encode.Observe(timings.encode_ms / 1000);
  }
  state_->search.Observe(timings.search_ms / 1000);
  state_->rank.Observe(timings.rank_ms / 1000);
}

void Metrics::set_recall(const RecallFigures& figures) {
  raise_to(state_->recall_measured, figures.searches);
  raise_to(state_->recall_skipped, figures.skipped);
  raise_to(state_->recall_failed, figures.failed);
  raise_to(state_->recall_found, figures.found);
  raise_to(state_->recall_missed, figures.expected - figures.found);
  const RecallFigures::Window& window = figures.window;
  const bool known = window.searches > 0;
  state_->recall_share.Set(known ? window.recall : kUnknown);
  const auto set_quantiles = [&](const char* mode, const RecallFigures::Latency& latency) {
    state_->recall_seconds.Add({{"mode", mode}, {"quantile", "0.5"}}).Set(known ? latency.p50_ms / 1000 : kUnknown);
    state_->recall_seconds.Add({{"mode", mode}, {"quantile", "0.99"}}).Set(known ? latency.p99_ms / 1000 : kUnknown);
  };
  set_quantiles("usual", window.usual);
  set_quantiles("exact", window.exact);
}

std::string Metrics::render(const PoolGauges& pools, const EngineStats& stats, const RecallFigures& recall) {
  const std::lock_guard lock(state_->render_mutex);
  set_recall(recall);
  state_->encode_queue.Set(static_cast<double>(pools.encode_queue));
  state_->catalogue_queue.Set(static_cast<double>(pools.catalogue_queue));
  state_->connections.Set(static_cast<double>(pools.connections));
  state_->products.Set(static_cast<double>(stats.products));
  state_->pictures.Set(static_cast<double>(stats.pictures));
  state_->indexed.Set(static_cast<double>(stats.indexed_products));
  state_->lag.Set(static_cast<double>(stats.change_seq - stats.applied_seq));
  state_->index_bytes.Set(static_cast<double>(stats.index_bytes));
  state_->memory.Set(static_cast<double>(resident_memory_bytes()));
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

int64_t resident_memory_bytes() {
  // "size resident shared …" in pages, proc(5).
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0, resident = 0;
  if (!(statm >> size >> resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace nozama
