// Feed → products, pictures, embeddings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/jobs.h"
#include "engine/near_duplicates.h"

namespace nozama {

class Catalog;
class Workspace;

struct ImportOptions {
  std::filesystem::path source;  // a feed of docs/feeds, or a folder of pictures
  std::string currency = "USD";  // of prices in feeds that do not name theirs
  bool full = false;             // the feed is the whole shop: products that it does not have are deleted
  bool files = true;             // pictures may be named by file; otherwise by URL or nozama:HASH only
  size_t errors_kept_max = 1000;
};

// What a stop makes of the job.
struct ImportEnd {
  JobState state = JobState::kInterrupted;  // or kCancelled
  std::string message = {};
};

struct ImportRowError {
  int64_t line = 0;  // 0 = not of one line
  std::string reason;
  std::string message;
};

struct ImportReport {
  std::string dialect;
  std::string encoder_id;      // of the catalogue
  std::string encoder_choice;  // of a new catalogue: why this precision; "" when there was nothing to choose from
  int64_t products = 0, variants = 0;
  int64_t events = 0, features = 0, relations = 0;
  int64_t created = 0, updated = 0, unchanged = 0;  // products, events or features
  int64_t skipped = 0;                              // features of products that the catalogue does not have
  int64_t deleted = 0, failed = 0;                  // products; rows
  bool deletions_withheld = false;                  // `full`, but rows that failed may be of products that would be deleted
  int64_t pictures = 0, pictures_fetched = 0, pictures_embedded = 0, pictures_failed = 0;
  double seconds = 0;
  bool dry_run = false;
  bool complete = true;  // false when stopped on request; the next import takes up the rest
  std::vector<ImportRowError> errors;
  DuplicateReport duplicates;  // of the whole catalogue, after this import
};

struct ImportProgress {
  int64_t products = 0;
  int64_t pictures_embedded = 0;
  int64_t bytes_done = 0, bytes_total = 0;  // of the feed; a folder counts files
};

// Every batch of products is one transaction: after Ctrl-C or a kill, what was committed stays, and the same
// call again takes up the rest without embedding anything twice. Good rows are imported whatever the bad ones do.
// With `full`, nothing is deleted unless the whole feed was read without a failed row. The error is returned only when nothing can go on (no such feed, disk
// full, another import running).
Result<ImportReport> import_feed(Workspace& workspace, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                 std::stop_token stop);

// The same of a job that the caller has begun; finishes it. `end` is read when a stop has been requested.
Result<ImportReport> run_import_job(Workspace& workspace, const ImportOptions& options, const JobRecord& job,
                                    const std::function<void(const ImportProgress&)>& progress, const std::stop_token& stop, const ImportEnd& end);

// Reads the whole feed and its pictures' files, and reports what import_feed() would do; stores nothing. Without a catalogue
// (null) every product is new.
Result<ImportReport> preview_import(Catalog* catalog, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                    const std::stop_token& stop);

// The same as a job that the caller has begun, which has the numbers and the rows that failed; finishes it.
Result<ImportReport> run_preview_job(Workspace& workspace, const ImportOptions& options, const JobRecord& job,
                                     const std::function<void(const ImportProgress&)>& progress, const std::stop_token& stop, const ImportEnd& end);

}  // namespace nozama
