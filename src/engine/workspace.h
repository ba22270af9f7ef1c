// One shop's data directory with its database, its pictures and its encoder: what every use case stands on.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "engine/data_dir.h"

namespace nozama {

class BlobStore;
class Catalog;
class Encoder;

struct WorkspaceOptions {
  std::filesystem::path data_dir;
  std::filesystem::path models_dir;           // empty = beside the program
  std::string bundle = "efficientnet-lite2";  // for a new catalogue; an existing one keeps its encoder
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

  // Opened on first use. The catalogue's own encoder and precision once there is one; else the bundle of the
  // options in the precision that is fastest here, which the caller's first embeddings then fix.
  Result<Encoder*> encoder();

  // The id under which embeddings are stored: the catalogue's, also when this machine had to open the encoder
  // in another precision.
  Result<std::string> encoder_id();

  // Where the encoder's bundle lies.
  Result<std::filesystem::path> bundle_dir();

 private:
  explicit Workspace(WorkspaceOptions options);
  Result<std::unique_ptr<Encoder>> open_encoder_for(const std::string& stored_id);

  WorkspaceOptions options_;
  DataDir dir_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<BlobStore> pictures_, thumbnails_;
  std::mutex encoder_mutex_;
  std::unique_ptr<Encoder> encoder_;
  std::string encoder_id_;
};

// The folder of encoder bundles: `given`, else beside the program. kNotFound names the places looked at.
Result<std::filesystem::path> find_models_dir(const std::filesystem::path& given);

}  // namespace nozama
