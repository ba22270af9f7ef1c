// One picture, a file or fetched → stored original, size and embedding. Runs on the import's workers.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "feeds/draft.h"
#include "net/guarded_fetch.h"

namespace nozama {

class Encoder;
class Workspace;

struct PictureJob {
  std::filesystem::path path;
  std::string url;     // of a remote picture
  std::string stored;  // content hash of a picture that the shop has; without this and the URL it is a file
  std::string variant_key;
  std::string product_id;
  int64_t line = 0;

  SourceKey source;                          // of a file; filled by look_up_sources()
  FileVersion version;                       // of a remote picture; filled by look_up_sources(), and anew by ingest_fetched()
  PictureRecord record;                      // filled by look_up_sources() or ingest()
  bool known = false;                        // the record is that of an earlier import: nothing to read
  bool fetched = false;                      // has come over the network now
  std::optional<EmbeddingRecord> embedding;  // absent when the catalogue has it
  std::optional<Error> error;
};

// What a feed's picture asks for. `folder` is where names of files begin; without one, no file may be named and such a job has an error.
PictureJob picture_job(const DraftPicture& picture, const ProductDraft& draft, const std::optional<std::filesystem::path>& folder);

// Moves what the job has brought to where it is stored; nothing of one that failed, unless it has its former picture.
void collect_picture(PictureJob& job, ProductRecord& record, ProductBatch& rows, std::vector<SourceVersion>& versions);

class PictureIngest {
 public:
  PictureIngest(Workspace& workspace, Encoder& encoder, std::string encoder_id);

  // Marks the jobs whose file has the size and time it had when it was last imported; gives remote ones the version that the catalogue
  // has. One query for all.
  Status look_up_sources(std::vector<PictureJob*>& jobs);

  // Reads, checks, stores and embeds one picture that is not remote; a failure stays in job.error. Thread-safe.
  void ingest(PictureJob& job);

  // The same with what has come of job.url. A picture that could not be had for a while stays the one of the last import, with the error.
  // Thread-safe.
  void ingest_fetched(PictureJob& job, Result<FetchedFile> file);

  // Reads, checks, stores and embeds a picture that is here. Thread-safe.
  Status ingest_bytes(PictureJob& job, std::span<const std::byte> bytes);

  int64_t embedded() const { return embedded_; }
  int64_t fetched() const { return fetched_; }

 private:
  Status look_up_stored(const std::vector<PictureJob*>& jobs);
  Status look_up_remote(const std::vector<PictureJob*>& jobs);
  Status ingest_file(PictureJob& job);
  bool embedded_before(const std::string& hash);

  Workspace& workspace_;
  Encoder& encoder_;
  std::string encoder_id_;
  std::atomic<int64_t> embedded_{0}, fetched_{0};
  std::mutex mutex_;
  std::unordered_set<std::string> embedded_here_;  // hashes embedded by this run, committed or not
};

}  // namespace nozama
