// One shop's data directory with its database, its pictures and its encoder: what every use case stands on.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/data_dir.h"
#include "model/encoder.h"

namespace nozama {

class BlobStore;
class Catalog;
class GuardedFetcher;

// Shared: searches under way keep theirs when another one takes over.
struct OpenedEncoder {
  std::shared_ptr<Encoder> encoder;
  std::string id;  // under which embeddings are stored
  std::filesystem::path bundle_dir;
};

struct WorkspaceOptions {
  std::filesystem::path data_dir;
  std::string database;                       // postgresql://…; empty = SQLite in the data directory
  std::string blobs;                          // s3://…; empty = the originals too are in the data directory
  std::vector<std::string> fetch_networks;    // own ones from which pictures may be fetched: "10.1.0.0/16"
  std::filesystem::path models_dir;           // empty = beside the program
  std::string bundle = "efficientnet-lite1";  // for a new catalogue; an existing one keeps its encoder
  std::optional<Precision> precision;         // likewise; absent = the best one, measured at the first import
  size_t threads = 0;                         // encoder threads; 0 = all cores
  bool throughput = false;                    // many pictures at once (import) instead of one quickly (serve)
  bool create = false;                        // make the data directory and catalogue when missing
};

// Thread-safe after open().
class Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> open(WorkspaceOptions options);
  ~Workspace();

  const DataDir& dir() const { return dir_; }
  const WorkspaceOptions& options() const { return options_; }
  size_t threads() const;
  Catalog& catalog() { return *catalog_; }
  BlobStore& pictures() { return *pictures_; }
  BlobStore& thumbnails() { return *thumbnails_; }
  GuardedFetcher& fetcher() { return *fetcher_; }  // of pictures that feeds and shoppers name by URL

  // The encoder that serves now: opened on first use, and again after the catalogue has switched to another one.
  // Without one yet, the bundle of the options in the precision that is fastest here.
  Result<OpenedEncoder> serving_encoder();
  Result<std::shared_ptr<Encoder>> encoder();  // of serving_encoder()

  // The encoder of an id that the catalogue has stored; "" = as serving_encoder() without one. The last one stays
  // open. Its id is the stored one also when this machine had to open it in another precision.
  Result<OpenedEncoder> encoder_for(const std::string& stored_id);

  // A bundle by name, for a catalogue that is to change over to it.
  Result<OpenedEncoder> open_bundle(const std::string& name, EncoderOptions::PrecisionChoice precision);

 private:
  explicit Workspace(WorkspaceOptions options);
  Result<OpenedEncoder> open_stored(const std::string& stored_id);

  WorkspaceOptions options_;
  DataDir dir_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<BlobStore> pictures_, thumbnails_;
  std::unique_ptr<GuardedFetcher> fetcher_;
  std::mutex encoder_mutex_;
  OpenedEncoder opened_;
};

// The store of the originals: of a bucket, or in the data directory where `blobs` is empty.
Result<std::unique_ptr<BlobStore>> open_pictures(const std::string& blobs, const DataDir& dir);

// The folder of encoder bundles: `given`, else beside the program. kNotFound names the places looked at.
Result<std::filesystem::path> find_models_dir(const std::filesystem::path& given);

}  // namespace nozama
