#include "engine/import_jobs.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "engine/import.h"
#include "engine/workspace.h"
#include "net/guarded_fetch.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr size_t kFetchedFeedBytesMax = size_t{256} << 20;
constexpr long kFetchTimeoutMs = 600'000;
constexpr int kJobsLookedAt = 100;
constexpr size_t kOrderBytesMax = size_t{16} << 10;

// Beside the feed, so that the job can be taken up.
struct Order {
  std::string url;
  std::string currency;
  bool full = false, dry_run = false;
  const char* kind() const { return dry_run ? kPreviewKind : kImportKind; }
};

fs::path order_path(const fs::path& feed) { return feed.string() + ".json"; }

Status save_order(const fs::path& feed, const Order& order) {
  const std::string text = json::serialize(json::object{{"url", order.url}, {"currency", order.currency}, {"full", order.full}, {"dry_run", order.dry_run}});
  return write_file_atomic(order_path(feed), std::as_bytes(std::span(text)));
}

Result<Order> load_order(const fs::path& feed) {
  const auto elsewhere = [] { return fail(ErrorCode::kConflict, "job_elsewhere", "the job's feed is not on this server; ask the one that began it"); };
  const auto text = read_text_file(order_path(feed), kOrderBytesMax);
  if (!text) return elsewhere();
  boost::system::error_code error;
  const json::value value = json::parse(*text, error);
  const json::object* object = error ? nullptr : value.if_object();
  const auto* url = object != nullptr ? object->if_contains("url") : nullptr;
  const auto* currency = object != nullptr ? object->if_contains("currency") : nullptr;
  const auto* full = object != nullptr ? object->if_contains("full") : nullptr;
  if (url == nullptr || currency == nullptr || full == nullptr || !url->is_string() || !currency->is_string() || !full->is_bool()) return elsewhere();
  const auto* dry_run = object->if_contains("dry_run");  // an earlier program did not write it
  return Order{std::string(url->get_string()), std::string(currency->get_string()), full->get_bool(),
               dry_run != nullptr && dry_run->is_bool() && dry_run->get_bool()};
}

void forget_feed(const fs::path& feed) {
  std::error_code ignored;
  fs::remove(feed, ignored);
  fs::remove(order_path(feed), ignored);
}

}  // namespace

struct ImportJobs::State {
  explicit State(Workspace& w) : workspace(w), folder(fs::absolute(w.dir().imports())) {}

  // The job that begin_job() has given to this process.
  struct Running {
    JobRecord job;
    Order order;
    std::stop_source stop;
    ImportEnd end;  // what a stop means; written before the stop
  };

  Workspace& workspace;
  const fs::path folder;
  std::mutex mutex;
  std::condition_variable ended;
  std::shared_ptr<Running> running;  // shared with its thread
  std::thread thread;
  bool closing = false;

  bool is_ours(const JobRecord& job) const { return (job.kind == kImportKind || job.kind == kPreviewKind) && fs::path(job.source).parent_path() == folder; }

  Status fetch_feed(const Running& run) {
    const fs::path feed = run.job.source;
    if (run.order.url.empty() || fs::exists(feed)) return {};
    auto fetcher = GuardedFetcher::make({.own_networks = workspace.options().fetch_networks, .bytes_max = kFetchedFeedBytesMax, .timeout_ms = kFetchTimeoutMs});
    if (!fetcher) return propagate(fetcher);
    const auto file = (*fetcher)->fetch(run.order.url, {}, run.stop.get_token());
    if (!file) return propagate(file, "fetching the feed");
    return write_file_atomic(feed, file->bytes);
  }

  void finish_unfetched(const Running& run, const Error& error) {
    const bool stopped = run.stop.stop_requested();
    const Status finished =
        workspace.catalog().finish_job(run.job.id, run.job.owner, stopped ? run.end.state : JobState::kFailed, stopped ? run.end.message : error.message);
    if (!finished) log_warning("job_not_finished", {{"error", finished.error().message}});
  }

  void work(const std::shared_ptr<Running>& run) {
    const ImportOptions options{.source = run->job.source, .currency = run->order.currency, .full = run->order.full, .files = false};
    const Status fetched = fetch_feed(*run);
    if (!fetched) finish_unfetched(*run, fetched.error());
    const auto import = run->order.dry_run ? run_preview_job : run_import_job;
    auto report = fetched ? import(workspace, options, run->job, {}, run->stop.get_token(), run->end) : propagate(fetched);
    if (!report) log_error("import_failed", {{"job", std::to_string(run->job.id.value)}, {"error", report.error().message}});
    const bool goes_on = run->stop.stop_requested() && run->end.state == JobState::kInterrupted && !(report && report->complete);
    if (!goes_on) forget_feed(run->job.source);
    const std::lock_guard lock(mutex);
    running.reset();
    ended.notify_all();
  }

  bool has_ended(JobId id) const {
    const auto job = workspace.catalog().job(id);
    return job && job->state != JobState::kRunning;
  }

  // Begins the job of that feed, or goes on with it.
  Result<JobRecord> run(const fs::path& feed, Order order) {
    std::unique_lock lock(mutex);
    // A job that has ended says so a moment before its thread lets go.
    if (running != nullptr && has_ended(running->job.id)) ended.wait(lock, [&] { return running == nullptr; });
    if (running != nullptr || closing) {
      return fail(ErrorCode::kConflict, "job_running", "an import is running; wait for it, pause it or cancel it (GET /api/v1/jobs)");
    }
    auto job = workspace.catalog().begin_job({.kind = order.kind(), .source = feed.string(), .owner = make_lease_owner()});
    if (!job) return job;
    if (thread.joinable()) thread.join();
    running = std::make_shared<Running>(*job, std::move(order));
    thread = std::thread([this, run = running] { work(run); });
    return job;
  }

  // What a dead or stopped process has left.
  void take_up() {
    const auto jobs = workspace.catalog().jobs(kJobsLookedAt);
    if (!jobs) return;
    for (const JobRecord& job : *jobs) {
      const bool left = (job.state == JobState::kInterrupted && job.message != kPausedMessage) || job.state == JobState::kRunning;
      if (!left || !is_ours(job)) continue;
      auto order = load_order(job.source);
      if (!order) continue;
      const auto taken = run(job.source, std::move(*order));
      if (taken) log_info("import_resumed", {{"job", std::to_string(job.id.value)}});
      return;
    }
  }

  Result<JobRecord> stop_running(JobId id, ImportEnd end) {
    std::unique_lock lock(mutex);
    if (running == nullptr || running->job.id != id)
      return fail(ErrorCode::kConflict, "job_not_running", fmt::format("job {} does not run on this server", id.value));
    const std::shared_ptr<Running> stopped = running;
    stopped->end = std::move(end);
    stopped->stop.request_stop();
    ended.wait(lock, [&] { return running != stopped; });
    lock.unlock();
    return workspace.catalog().job(id);
  }
};

ImportJobs::ImportJobs(Workspace& workspace) : state_(std::make_unique<State>(workspace)) { state_->take_up(); }

ImportJobs::~ImportJobs() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
    if (state_->running != nullptr) state_->running->stop.request_stop();
  }
  if (state_->thread.joinable()) state_->thread.join();
}

Result<JobRecord> ImportJobs::start(const ImportRequest& request) {
  std::error_code error;
  fs::create_directories(state_->folder, error);
  if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("creating {}: {}", state_->folder.string(), error.message()));
  const fs::path feed = state_->folder / random_hex(8);
  Order order{request.url, request.currency, request.full, request.dry_run};
  Status kept = save_order(feed, order);
  if (kept && request.url.empty()) kept = write_file_atomic(feed, request.feed);
  auto job = kept ? state_->run(feed, std::move(order)) : propagate(kept);
  if (!job) forget_feed(feed);
  return job;
}

Result<JobRecord> ImportJobs::pause(JobId id) {
  const auto job = state_->workspace.catalog().job(id);
  if (!job) return job;
  return state_->stop_running(id, {JobState::kInterrupted, kPausedMessage});
}

Result<JobRecord> ImportJobs::cancel(JobId id) {
  const auto job = state_->workspace.catalog().job(id);
  if (!job) return job;
  auto stopped = state_->stop_running(id, {JobState::kCancelled, "cancelled"});
  if (stopped || job->state != JobState::kInterrupted || !state_->is_ours(*job)) return stopped;
  // Paused: nobody runs it, so it is taken only to be ended.
  auto taken = state_->workspace.catalog().begin_job({.kind = job->kind, .source = job->source, .owner = make_lease_owner()});
  if (!taken) return taken;
  const Status ended = state_->workspace.catalog().finish_job(taken->id, taken->owner, JobState::kCancelled, "cancelled");
  if (!ended) return propagate(ended);
  forget_feed(job->source);
  return state_->workspace.catalog().job(id);
}

Result<JobRecord> ImportJobs::resume(JobId id) {
  const auto job = state_->workspace.catalog().job(id);
  if (!job) return job;
  if (job->state != JobState::kInterrupted || !state_->is_ours(*job)) {
    return fail(ErrorCode::kConflict, "job_not_paused",
                fmt::format("job {} is {}; only an import that was paused or interrupted is taken up", id.value, job_state_name(job->state)));
  }
  auto order = load_order(job->source);
  if (!order) return propagate(order);
  return state_->run(job->source, std::move(*order));
}

}  // namespace nozama
