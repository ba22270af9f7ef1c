// Feed → products, pictures, embeddings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/near_duplicates.h"

namespace nozama {

class Workspace;

struct ImportOptions {
  std::filesystem::path source;  // a CSV, TSV or JSONL file, or a folder of pictures
  size_t errors_kept_max = 1000;
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
  int64_t created = 0, updated = 0, unchanged = 0, failed = 0;  // products; failed counts rows
  int64_t pictures = 0, pictures_embedded = 0, pictures_failed = 0;
  double seconds = 0;
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
// The error is returned only when nothing can go on (no such feed, disk full, another import running).
Result<ImportReport> import_feed(Workspace& workspace, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                 std::stop_token stop);

}  // namespace nozama
