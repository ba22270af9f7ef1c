// Imports that run in the server: one at a time, on a thread of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "catalog/jobs.h"

namespace nozama {

class Workspace;

struct ImportRequest {
  std::span<const std::byte> feed;  // of any dialect of docs/feeds; borrowed for the call
  std::string url;                  // of a feed, fetched through the guard, instead
  std::string currency = "USD";     // of prices in feeds that do not name theirs
  bool full = false;                // products that the feed does not have are deleted
  bool dry_run = false;             // only told what would be done
};

// Feeds are kept under imports/ in the data directory until their job is done or cancelled; they name their pictures by URL or nozama:HASH.
// Thread-safe. What a stop of the server, or its death, has interrupted is taken up by the next start.
class ImportJobs {
 public:
  explicit ImportJobs(Workspace& workspace);
  ~ImportJobs();  // stops the running job, which stays resumable

  // Returns when the job has begun. kConflict "job_running" while another import runs, here or elsewhere; kTooLarge "payload_too_large".
  Result<JobRecord> start(const ImportRequest& request);

  // Stops the job after its present batch: as "paused" (resume() goes on), or for good. What it has stored stays. Waits for it. kNotFound
  // "unknown_job"; kConflict "job_not_running", or "job_elsewhere" when another process runs it or has its feed.
  Result<JobRecord> pause(JobId id);
  Result<JobRecord> cancel(JobId id);
  // Takes up a job that was paused or interrupted; what it has stored is not done again. kConflict "job_not_paused".
  Result<JobRecord> resume(JobId id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The kinds of jobs that ImportJobs runs.
inline constexpr const char* kImportKind = "import";
inline constexpr const char* kPreviewKind = "import-preview";  // a dry run

// Message of a job that a person has paused; one without it is taken up by the next start.
inline constexpr const char* kPausedMessage = "paused";

}  // namespace nozama
