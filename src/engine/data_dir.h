// The folder that holds one shop.
#pragma once

#include <filesystem>

namespace nozama {

// Only `database` and `pictures` hold what cannot be made again. With a PostgreSQL server there is no `database` here.
struct DataDir {
  std::filesystem::path root;

  std::filesystem::path database() const { return root / "catalogue.db"; }
  std::filesystem::path pictures() const { return root / "pictures"; }      // the originals, by content hash
  std::filesystem::path thumbnails() const { return root / "thumbnails"; }  // made on first request
  std::filesystem::path index_snapshot() const { return root / "index.nzi"; }
  std::filesystem::path model_cache() const { return root / "model-cache"; }  // compiled encoders
  std::filesystem::path imports() const { return root / "imports"; }          // feeds of jobs that are not done
  std::filesystem::path samples() const { return root / "samples"; }          // sample photos and samples.json
};

}  // namespace nozama
