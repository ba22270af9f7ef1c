// One picture file → stored original, size and embedding. Runs on the import's workers.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/error.h"
#include "catalog/catalog.h"

namespace nozama {

class Encoder;
class Workspace;

struct PictureJob {
  std::filesystem::path path;
  std::string variant_key;
  std::string product_id;
  int64_t line = 0;

  SourceKey source;                          // filled by look_up_sources()
  PictureRecord record;                      // filled by look_up_sources() or ingest()
  bool known = false;                        // unchanged since an earlier import: nothing to read
  std::optional<EmbeddingRecord> embedding;  // absent when the catalogue has it
  std::optional<Error> error;
};

class PictureIngest {
 public:
  PictureIngest(Workspace& workspace, Encoder& encoder, std::string encoder_id);

  // Marks the jobs whose file has the size and time it had when it was last imported. One query for all.
  Status look_up_sources(std::vector<PictureJob*>& jobs);

  // Reads, checks, stores and embeds one picture; a failure stays in job.error. Thread-safe.
  void ingest(PictureJob& job);

  int64_t embedded() const { return embedded_; }

 private:
  Status ingest_or_fail(PictureJob& job);
  bool embedded_before(const std::string& hash);

  Workspace& workspace_;
  Encoder& encoder_;
  std::string encoder_id_;
  std::atomic<int64_t> embedded_{0};
  std::mutex mutex_;
  std::unordered_set<std::string> embedded_here_;  // hashes embedded by this run, committed or not
};

}  // namespace nozama
