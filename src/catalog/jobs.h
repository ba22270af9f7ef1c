// Long work (import, train, re-embed): at most one process runs each kind, and what was interrupted resumes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace nozama {

using JobId = Id<struct JobTag>;

// Stored as numbers: append only.
enum class JobState { kRunning, kInterrupted, kDone, kFailed, kCancelled };

std::string_view job_state_name(JobState state);

struct JobCounters {
  int64_t done = 0, total = 0;  // units of the job's own; total 0 = unknown
  int64_t created = 0, updated = 0, unchanged = 0, deleted = 0, failed = 0;
  int64_t pictures_read = 0, pictures_embedded = 0;
  bool operator==(const JobCounters&) const = default;
};

struct JobRecord {
  JobId id;
  std::string kind;    // "import", "train" …
  std::string source;  // what it works on; a job resumes only on the same source
  JobState state = JobState::kRunning;
  JobCounters counters;
  std::string cursor;  // where to go on: the job's own text, "" = from the start
  std::string owner;   // make_lease_owner() of the process that runs or ran it
  int64_t started_ms = 0, updated_ms = 0, lease_until_ms = 0;
  std::string message;   // of a finished job
  bool resumed = false;  // of begin_job(): continues an interrupted one
};

struct JobStart {
  std::string kind;
  std::string source;
  std::string owner;
  int64_t lease_ms = 30'000;  // renewed by every progress report
};

struct JobError {
  int64_t line = 0;  // in the source; 0 = none
  std::string reason;
  std::string message;
};

// Replaces the job's counters and cursor, adds errors, renews the lease; committed together with the
// rows it tells of when it travels in a ProductBatch, so a resumed job counts nothing twice.
struct JobProgress {
  JobId id;
  std::string owner;
  JobCounters counters;
  std::string cursor;
  std::vector<JobError> errors;
  int64_t lease_ms = 30'000;
};

// Names this process: "host:pid-namespace:pid:start-time:random". A lease of a process of this machine
// that no longer lives is free at once; any other lease is free when it expires.
std::string make_lease_owner();

// False only when the owner is known to be dead.
bool lease_owner_may_live(const std::string& owner);

}  // namespace nozama
