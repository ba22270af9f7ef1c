#include "catalog/jobs.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "catalog/internal.h"
#include "catalog/webhooks.h"

namespace nozama {

namespace {

constexpr std::string_view kJobColumns =
    "id, kind, source, state, progress_done, progress_total, created, updated, unchanged, deleted, failed,"
    " pictures_read, pictures_embedded, resume_cursor, owner, started_ms, updated_ms, lease_until_ms, message";

JobRecord read_job(const sql::Rows& rows) {
  JobRecord job;
  job.id = JobId{rows.integer(0)};
  job.kind = rows.text(1);
  job.source = rows.text(2);
  job.state = static_cast<JobState>(rows.integer(3));
  job.counters = {.done = rows.integer(4),
                  .total = rows.integer(5),
                  .created = rows.integer(6),
                  .updated = rows.integer(7),
                  .unchanged = rows.integer(8),
                  .deleted = rows.integer(9),
                  .failed = rows.integer(10),
                  .pictures_read = rows.integer(11),
                  .pictures_embedded = rows.integer(12)};
  job.cursor = rows.text(13);
  job.owner = rows.text(14);
  job.started_ms = rows.integer(15);
  job.updated_ms = rows.integer(16);
  job.lease_until_ms = rows.integer(17);
  job.message = rows.text(18);
  return job;
}

template <class... Args>
Result<std::vector<JobRecord>> select_jobs(sql::Connection& db, std::string_view condition, const Args&... args) {
  std::vector<JobRecord> jobs;
  sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM job {}", kJobColumns, condition), args...);
  while (rows.next()) jobs.push_back(read_job(rows));
  if (!rows.ok()) return rows.failure();
  return jobs;
}

Status refuse_second(const JobRecord& running, int64_t now_ms) {
  if (running.lease_until_ms <= now_ms || !lease_owner_may_live(running.owner)) return {};
  return fail(ErrorCode::kConflict, "job_running",
              fmt::format("another {} is running (job {}, process {}, started {}); wait for it or stop it. Should it be dead, "
                          "its claim ends at {}",
                          running.kind, running.id.value, running.owner, format_utc(running.started_ms), format_utc(running.lease_until_ms)));
}

// Ends the claims of processes that are gone, and refuses when one is not.
Status clear_dead(sql::Connection& db, const std::string& kind, int64_t now_ms) {
  auto running = select_jobs(db, "WHERE kind = ? AND state = ?", kind, static_cast<int>(JobState::kRunning));
  if (!running) return propagate(running);
  for (const JobRecord& job : *running) {
    if (auto free = refuse_second(job, now_ms); !free) return free;
    auto marked = sql::execute(db, "UPDATE job SET state = ? WHERE id = ?", static_cast<int>(JobState::kInterrupted), job.id);
    if (!marked) return marked;
  }
  return {};
}

Result<JobRecord> insert_job(sql::Connection& db, const JobStart& start, int64_t now_ms) {
  auto id = sql::query_integer(db,
                               "INSERT INTO job (kind, source, state, progress_done, progress_total, created, updated, unchanged, deleted, failed,"
                               " pictures_read, pictures_embedded, resume_cursor, owner, started_ms, updated_ms, lease_until_ms, message)"
                               " VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', ?, ?, ?, ?, '') RETURNING id",
                               start.kind, start.source, static_cast<int>(JobState::kRunning), start.owner, now_ms, now_ms, now_ms + start.lease_ms);
  if (!id) return propagate(id);
  JobRecord job;
  job.id = JobId{id->value_or(0)};
  job.kind = start.kind;
  job.source = start.source;
  job.owner = start.owner;
  job.started_ms = job.updated_ms = now_ms;
  job.lease_until_ms = now_ms + start.lease_ms;
  return job;
}

std::unexpected<Error> lease_lost(JobId id) {
  return fail(ErrorCode::kConflict, "lease_lost",
              fmt::format("job {} is no longer this process's: it was silent for too long, and another took over", id.value));
}

}  // namespace

std::string_view job_state_name(JobState state) {
  switch (state) {
    case JobState::kRunning: return "running";
    case JobState::kInterrupted: return "interrupted";
    case JobState::kDone: return "done";
    case JobState::kFailed: return "failed";
    case JobState::kCancelled: return "cancelled";
  }
  return "unknown";  // a number of a damaged row
}

Status store_progress(sql::Connection& db, const JobProgress& progress) {
  const auto now = db.clock_ms();
  if (!now) return propagate(now);
  const int64_t now_ms = *now;
  const JobCounters& n = progress.counters;
  auto held = sql::query_integer(db,
                                 "UPDATE job SET progress_done = ?, progress_total = ?, created = ?, updated = ?, unchanged = ?, deleted = ?, failed = ?,"
                                 " pictures_read = ?, pictures_embedded = ?, resume_cursor = ?, updated_ms = ?, lease_until_ms = ?"
                                 " WHERE id = ? AND owner = ? AND state = ? RETURNING id",
                                 n.done, n.total, n.created, n.updated, n.unchanged, n.deleted, n.failed, n.pictures_read, n.pictures_embedded, progress.cursor,
                                 now_ms, now_ms + progress.lease_ms, progress.id, progress.owner, static_cast<int>(JobState::kRunning));
  if (!held) return propagate(held, "reporting progress");
  if (!*held) return lease_lost(progress.id);
  for (const JobError& error : progress.errors) {
    auto added =
        sql::execute(db, "INSERT INTO job_error (job_id, line, reason, message) VALUES (?, ?, ?, ?)", progress.id, error.line, error.reason, error.message);
    if (!added) return propagate(added, "recording a row's error");
  }
  return {};
}

Result<JobRecord> Catalog::begin_job(const JobStart& start) {
  return pool_->write([&](sql::Connection& db) -> Result<JobRecord> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const int64_t now_ms = *now;
    if (auto cleared = clear_dead(db, start.kind, now_ms); !cleared) return propagate(cleared);
    auto newest = select_jobs(db, "WHERE kind = ? AND source = ? ORDER BY id DESC LIMIT 1", start.kind, start.source);
    if (!newest) return propagate(newest);
    if (newest->empty() || newest->front().state != JobState::kInterrupted) return insert_job(db, start, now_ms);
    JobRecord job = std::move(newest->front());
    auto taken = sql::execute(db, "UPDATE job SET state = ?, owner = ?, updated_ms = ?, lease_until_ms = ? WHERE id = ?", static_cast<int>(JobState::kRunning),
                              start.owner, now_ms, now_ms + start.lease_ms, job.id);
    if (!taken) return propagate(taken);
    job.state = JobState::kRunning;
    job.owner = start.owner;
    job.updated_ms = now_ms;
    job.lease_until_ms = now_ms + start.lease_ms;
    job.resumed = true;
    return job;
  });
}

Status Catalog::report_job(const JobProgress& progress) {
  return pool_->write([&](sql::Connection& db) { return store_progress(db, progress); });
}

Status Catalog::finish_job(JobId id, const std::string& owner, JobState state, const std::string& message) {
  if (state == JobState::kRunning) return fail(ErrorCode::kInvalidArgument, "bad_state", "a finished job does not run");
  return pool_->write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    auto held = sql::query_integer(
        db, "UPDATE job SET state = ?, message = ?, updated_ms = ?, lease_until_ms = 0 WHERE id = ? AND owner = ? AND state = ? RETURNING id",
        static_cast<int>(state), message, *now, id, owner, static_cast<int>(JobState::kRunning));
    if (!held) return propagate(held);
    if (!*held) return lease_lost(id);
    return tell_webhooks(db, id, state, *now);
  });
}

Result<JobRecord> Catalog::job(JobId id) {
  return pool_->read([&](sql::Connection& db) -> Result<JobRecord> {
    auto found = select_jobs(db, "WHERE id = ?", id);
    if (!found) return propagate(found);
    if (found->empty()) return fail(ErrorCode::kNotFound, "unknown_job", fmt::format("there is no job {}", id.value));
    return std::move(found->front());
  });
}

Result<std::vector<JobRecord>> Catalog::jobs(int limit) {
  return pool_->read([&](sql::Connection& db) { return select_jobs(db, "ORDER BY id DESC LIMIT ?", limit); });
}

Result<std::vector<JobError>> Catalog::job_errors(JobId id, int64_t offset, int limit) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<JobError>> {
    std::vector<JobError> errors;
    sql::Rows rows = sql::query(db, "SELECT line, reason, message FROM job_error WHERE job_id = ? ORDER BY id LIMIT ? OFFSET ?", id, limit, offset);
    while (rows.next()) errors.push_back({.line = rows.integer(0), .reason = rows.text(1), .message = rows.text(2)});
    if (!rows.ok()) return rows.failure();
    return errors;
  });
}

}  // namespace nozama
