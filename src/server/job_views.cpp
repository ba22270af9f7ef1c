#include "server/job_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/clock.h"
#include "engine/import_jobs.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

std::string state_text(const JobRecord& job) {
  const bool paused = job.state == JobState::kInterrupted && job.message == kPausedMessage;
  return paused ? "paused" : std::string(job_state_name(job.state));
}

json::object job_object(const JobRecord& job) {
  const JobCounters& n = job.counters;
  const int64_t rows = n.created + n.updated + n.unchanged + n.failed;
  const double seconds = static_cast<double>(std::max<int64_t>(job.updated_ms - job.started_ms, 0)) / 1000;
  const bool running = job.state == JobState::kRunning;
  json::object object{{"id", job.id.value},
                      {"kind", json_text(job.kind)},
                      {"state", state_text(job)},
                      {"started_at", format_utc(job.started_ms)},
                      {"updated_at", format_utc(job.updated_ms)},
                      {"bytes_done", n.done},
                      {"bytes_total", n.total},
                      {"created", n.created},
                      {"updated", n.updated},
                      {"unchanged", n.unchanged},
                      {"deleted", n.deleted},
                      {"failed", n.failed},
                      {"pictures_read", n.pictures_read},
                      {"pictures_embedded", n.pictures_embedded},
                      {"message", json_text(job.message)}};
  object["rows_per_second"] = nullptr;
  object["seconds_left"] = nullptr;
  if (running && seconds > 0) object["rows_per_second"] = static_cast<double>(rows) / seconds;
  if (running && n.done > 0 && n.total > n.done) object["seconds_left"] = seconds * static_cast<double>(n.total - n.done) / static_cast<double>(n.done);
  return object;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string job_json(const JobRecord& job) { return json_serialized(job_object(job)); }

std::string jobs_json(const std::vector<JobRecord>& jobs) {
  json::array list;
  for (const JobRecord& job : jobs) list.push_back(job_object(job));
  return json_serialized(json::object{{"jobs", std::move(list)}});
}

std::string job_errors_json(const std::vector<JobError>& errors) {
  json::array list;
  for (const JobError& error : errors)
    list.push_back(json::object{{"line", error.line}, {"code", json_text(error.reason)}, {"detail", json_text(error.message)}});
  return json_serialized(json::object{{"errors", std::move(list)}});
}

std::string job_error_csv(const JobError& error) { return fmt::format("{},{},{}\r\n", error.line, quoted(error.reason), quoted(error.message)); }

}  // namespace nozama
