#include "bench/index_bench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/file.h"
#include "bench/churn.h"
#include "bench/cnn_like_vectors.h"
#include "bench/kept_index.h"
#include "bench/npy_file.h"
#include "bench/own_index.h"
#include "bench/peer_process.h"
#include "bench/peers_script.h"

namespace nozama {
namespace {

constexpr size_t kBlockRows = 4096;  // read, compared and added at a time
constexpr size_t kDimensionMax = 4096;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nozama-bench-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<Workload> workloads_of(const IndexBenchOptions& options) {
  if (options.filter_pass.empty()) return {Workload{}};
  std::vector<Workload> workloads;
  for (const FilterKind kind : {FilterKind::kRandom, FilterKind::kCluster}) {
    for (const double pass : options.filter_pass) workloads.push_back({pass, kind});
  }
  return workloads;
}

// One size of the run.
class SizeRun {
 public:
  SizeRun(const IndexBenchOptions& options, const IndexBenchEvents& events, std::stop_token stop, std::filesystem::path folder, int64_t rows)
      : options_(options),
        events_(events),
        stop_(std::move(stop)),
        folder_(std::move(folder)),
        rows_(rows),
        workloads_(workloads_of(options)),
        own_(options.dimension) {}

  Status run(const std::vector<std::string>& engines) {
    if (auto ready = prepare(!engines.empty()); !ready) return ready;
    ours_.resize(workloads_.size());
    if (auto done = measure_ours(); !done) return done;
    for (const std::string& engine : engines) {
      if (auto done = measure_peer(engine); !done) return done;
    }
    for (size_t w = 0; w < workloads_.size(); ++w) events_.measured(own_measurement(w, ours_[w], recall_[w], "nozama"));
    if (!options_.keep.empty()) {
      if (auto written = write_about(folder_, own_measurement(0, ours_[0], recall_[0], "nozama")); !written) return written;
    }
    if (auto done = measure_churn(); !done) return done;
    if (auto done = measure_more({.exact = false, .together = 4}, options_.batch, "nozama-batch4"); !done) return done;
    if (auto done = measure_more({.exact = true}, options_.exact, "nozama-exact"); !done) return done;
    return measure_more({.exact = true, .together = 4}, options_.exact && options_.batch, "nozama-exact-batch4");
  }

 private:
  Status cancelled() const { return fail(ErrorCode::kCancelled, "stopped", "stopped on request; nothing is left behind"); }

  Result<BenchVectors> vectors() const {
    const size_t d = options_.dimension;
    if (!options_.hdf5.empty()) return npy_vectors({folder_ / "vectors.npy", d, rows_, options_.queries, options_.generator_seed, true});
    if (!options_.vectors.empty()) return npy_vectors({options_.vectors, d, rows_, options_.queries, options_.generator_seed});
    return cnn_like_vectors(d, rows_, options_.queries, options_.generator_seed);
  }

  // Reads the rows once: into the file for the peers, past the queries, and into our index.
  Status prepare(bool for_peers) {
    auto source = vectors();
    if (!source) return propagate(source);
    data_ = source->name;
    queries_ = std::move(source->queries);
    const size_t d = options_.dimension;
    truth_.emplace(queries_, d, workloads_);
    std::optional<NpyWriter> file, labels_file;
    if (for_peers) {
      auto opened = NpyWriter::open(folder_ / "rows.npy", NpyWriter::Number::kFloat32, rows_, d);
      if (!opened) return propagate(opened);
      file = std::move(*opened);
      auto opened_labels = NpyWriter::open(folder_ / "labels.npy", NpyWriter::Number::kFloat32, rows_, 2);
      if (!opened_labels) return propagate(opened_labels);
      labels_file = std::move(*opened_labels);
    }
    std::optional<Labeller> labeller;
    std::vector<float> block(kBlockRows * d);
    std::vector<RowLabels> labels;
    for (int64_t done = 0; done < rows_;) {
      if (stop_.stop_requested()) return cancelled();
      const size_t wanted = static_cast<size_t>(std::min<int64_t>(rows_ - done, kBlockRows));
      const auto count = source->rows->read(std::span(block).first(wanted * d));
      if (!count) return propagate(count);
      if (*count == 0) return fail(ErrorCode::kCorrupt, "too_few_vectors", fmt::format("the data ended after {} of {} rows", done, rows_));
      const std::span rows = std::span(block).first(*count * d);
      if (!labeller) labeller.emplace(rows, d);
      labels.clear();
      for (size_t i = 0; i < *count; ++i) labels.push_back(labeller->label(done + static_cast<int64_t>(i), rows.subspan(i * d, d)));
      truth_->add(done, rows, labels);
      if (auto added = own_.add(done, rows, labels); !added) return added;
      if (file) {
        if (auto written = file->write(std::as_bytes(rows)); !written) return written;
        if (auto written = labels_file->write(std::as_bytes(std::span(labels))); !written) return written;
      }
      done += static_cast<int64_t>(*count);
      events_.progress(fmt::format("{} rows", rows_), done, rows_);
    }
    if (file) {
      if (auto closed = file->close(); !closed) return closed;
      if (auto closed = labels_file->close(); !closed) return closed;
    }
    if (auto written = write_queries(); !written) return written;
    return own_.reopen(index_path(folder_));
  }

  Status write_queries() const {
    std::vector<int32_t> truth;
    for (size_t w = 0; w < workloads_.size(); ++w) {
      const auto ids = truth_->ids(w);
      truth.insert(truth.end(), ids.begin(), ids.end());
    }
    return nozama::write_queries(folder_, queries_, options_.dimension, truth);
  }

  Status own_round(size_t workload, Rounds& rounds) {
    const auto found = own_.round(queries_, {workloads_[workload]}, rounds);
    if (!found) return propagate(found);
    if (recall_.size() <= workload) recall_.resize(workload + 1);
    recall_[workload] = truth_->recall(workload, *found);
    return {};
  }

  Status measure_ours() {
    for (size_t w = 0; w < workloads_.size(); ++w) {
      for (size_t round = 0; round < options_.repeats; ++round) {
        if (stop_.stop_requested()) return cancelled();
        if (auto done = own_round(w, ours_[w]); !done) return done;
      }
    }
    return {};
  }

  Measurement own_measurement(size_t workload, const Rounds& rounds, double recall, const std::string& engine) const {
    Measurement m = common(workload);
    m.engine = engine;
    m.version = OwnIndex::version();
    m.setting = fmt::format("opened in {:.3f} s", own_.open_s());
    m.recall = recall;
    m.times = rounds.summary();
    m.build_cpu_s = own_.build_cpu_s();
    m.index_bytes = own_.index_bytes();
    m.resident_bytes = own_.resident_bytes();
    m.peak_bytes = static_cast<double>(process_memory().peak);
    return m;
  }

  Measurement common(size_t workload) const {
    Measurement m;
    m.data = data_;
    m.rows = rows_;
    m.dimension = options_.dimension;
    m.threads = options_.threads;
    m.workload = workloads_[workload];
    m.local_dimension = workloads_[0].kind == FilterKind::kNone ? truth_->local_dimension() : 0;
    return m;
  }

  Status measure_churn() {
    if (options_.churn == 0) return {};
    for (const size_t rate : {size_t{0}, options_.churn}) {
      const auto churned = search_while_changing(own_, queries_, options_.dimension, {.rows_per_second = rate}, stop_);
      if (!churned) return propagate(churned);
      Rounds rounds, after;
      rounds.add(churned->times_us, 0);
      const auto found = own_.round(queries_, {}, after);
      if (!found) return propagate(found);
      Measurement m = own_measurement(0, rounds, truth_->recall(0, *found), rate == 0 ? "nozama-idle" : "nozama-live");
      m.setting = fmt::format("{} rows/s added and removed; {} changes, {} not seen by the next search, slowest {:.1f} ms", rate, churned->changes,
                              churned->unseen, churned->slowest_change_ms);
      events_.measured(m);
    }
    return {};
  }

  Status measure_more(OwnIndex::Mode mode, bool wanted, const std::string& engine) {
    for (size_t w = 0; w < workloads_.size() && wanted; ++w) {
      Rounds rounds;
      mode.workload = workloads_[w];
      const auto found = own_.round(queries_, mode, rounds);
      if (!found) return propagate(found);
      events_.measured(own_measurement(w, rounds, truth_->recall(w, *found), engine));
    }
    return {};
  }

  // A peer that is not there, or fails, is told of; the others go on.
  Status measure_peer(const std::string& engine) {
    const auto done = peer_rounds(engine);
    if (done) return {};
    if (done.error().code == ErrorCode::kCancelled) return done;
    if (done.error().reason == "peer_missing") {
      events_.note(fmt::format("the peer {} is not installed ({}); to install the peers: ./dev bench --setup", engine, done.error().message));
    } else {
      events_.note(done.error().message);
    }
    return {};
  }

  Status peer_rounds(const std::string& engine) {
    PeerOptions options{options_.python, folder_, options_.threads, workloads_, options_.verbose, options_.peer_seconds, stop_};
    auto peer = PeerProcess::start(engine, options);
    if (!peer) return propagate(peer);
    int64_t steps = 0;
    const std::string stage = fmt::format("{} rows, {}", rows_, engine);
    const auto prepared = (*peer)->prepare([&](std::string_view) { events_.progress(stage, ++steps, 0); });
    if (!prepared) return propagate(prepared);
    std::vector<Measurement> lines;
    for (size_t w = 0; w < workloads_.size(); ++w) {
      Rounds theirs, ours;
      Measurement m = common(w);
      for (size_t round = 0; round < options_.repeats; ++round) {
        if (stop_.stop_requested()) return cancelled();
        const auto found = (*peer)->round(w, theirs);
        if (!found) return propagate(found);
        m.recall = truth_->recall(w, *found);
        if (auto done = own_round(w, ours); !done) return done;
      }
      ours_[w].append(ours);
      m.engine = engine;
      m.version = prepared->version;
      m.sweep = prepared->sweep;
      m.setting = w < prepared->settings.size() ? prepared->settings[w] : "";
      m.times = theirs.summary();
      m.ours_qps = ours.summary().qps;
      m.build_cpu_s = prepared->build_cpu_s;
      m.index_bytes = prepared->index_bytes;
      m.resident_bytes = prepared->resident_bytes;
      lines.push_back(std::move(m));
    }
    const auto peak = (*peer)->peak_bytes();
    if (!peak) return propagate(peak);
    for (Measurement& m : lines) {
      m.peak_bytes = *peak;
      events_.measured(m);
    }
    return {};
  }

  const IndexBenchOptions& options_;
  const IndexBenchEvents& events_;
  std::stop_token stop_;
  std::filesystem::path folder_;
  int64_t rows_;
  std::vector<Workload> workloads_;
  OwnIndex own_;
  std::string data_;
  std::vector<float> queries_;
  std::optional<NearestRows> truth_;
  std::vector<Rounds> ours_;
  std::vector<double> recall_;
};

}  // namespace

Status check(const IndexBenchOptions& options) {
  for (const int64_t rows : options.rows) {
    if (rows < static_cast<int64_t>(kNeighbours) || rows > INT32_MAX) {
      return fail(ErrorCode::kInvalidArgument, "bad_rows",
                  fmt::format("--rows {}: give {} to {}; every query asks for {} neighbours", rows, kNeighbours, INT32_MAX, kNeighbours));
    }
  }
  if (options.dimension < 8 || options.dimension > kDimensionMax || options.dimension % 4 != 0) {
    return fail(ErrorCode::kInvalidArgument, "bad_dim", fmt::format("--dim {}: give a multiple of 4 from 8 to {}", options.dimension, kDimensionMax));
  }
  for (const double pass : options.filter_pass) {
    if (!(pass > 0 && pass <= 1))
      return fail(ErrorCode::kInvalidArgument, "bad_filter_pass", fmt::format("--filter-pass {}: give shares above 0 and up to 1", pass));
  }
  if (!options.keep.empty() && (options.rows.size() != 1 || !options.filter_pass.empty())) {
    return fail(ErrorCode::kInvalidArgument, "bad_keep", "--keep keeps one index: give one size in --rows, and no --filter-pass");
  }
  const auto engines = engines_of(options.peers, !options.filter_pass.empty());
  return engines ? Status() : propagate(engines);
}

Status run_index_bench(const IndexBenchOptions& options, const IndexBenchEvents& events, const std::stop_token& stop) {
  if (auto fine = check(options); !fine) return fine;
  if (auto bound = use_processors(options.threads); !bound) return bound;
  if (!options.opened.empty()) {
    const auto measured = measure_kept(options.opened, options.repeats, stop);
    if (measured) events.measured(*measured);
    return measured ? Status() : propagate(measured);
  }
  const auto engines = engines_of(options.peers, !options.filter_pass.empty());
  const ScratchFolder scratch;
  const std::filesystem::path folder = options.keep.empty() ? scratch.path() : options.keep;
  std::error_code unmade;
  if (!options.keep.empty()) std::filesystem::create_directories(folder, unmade);
  if (folder.empty() || unmade)
    return fail(ErrorCode::kUnavailable, "no_scratch", fmt::format("cannot make a folder for the vectors: {}", std::strerror(errno)));
  if (!engines->empty() || !options.hdf5.empty()) {
    if (auto written = write_file_unflushed(folder / "peers.py", as_byte_span(peers_script())); !written) return written;
  }
  if (!options.hdf5.empty()) {
    const PeerOptions convert{options.python, folder, 1, {}, options.verbose, 0, stop};
    if (auto converted = convert_hdf5(convert, std::filesystem::absolute(options.hdf5)); !converted) return converted;
  }
  for (const int64_t rows : options.rows) {
    if (auto done = SizeRun(options, events, stop, folder, rows).run(*engines); !done) return done;
  }
  return {};
}

}  // namespace nozama
