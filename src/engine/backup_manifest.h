// What a backup holds, so that a restore can tell whether it has all of it. The file is written last: a backup without one is none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_hash.h"

namespace nozama {

struct BackupManifest {
  struct File {
    std::string path;  // in the data directory: "samples/shoe.webp"
    FileSum sum;       // its bytes are in the backup as files/<first two digits>/<sha256>
  };

  std::string created;  // "2026-01-31T23:59:59.123Z": the shop as it was at about that time
  std::string program;  // the version that made it
  std::string catalogue_id;
  std::string encoder;        // id of the one that served; "" = none yet
  std::string database_file;  // in the backup's folder
  FileSum database;
  int64_t products = 0, change_seq = 0;
  int64_t pictures = 0;              // that the database names; in the backup by content hash, which is their checksum
  std::vector<std::string> missing;  // of those, the ones that the shop itself had lost
  std::vector<File> files;

  static constexpr const char* kFileName = "manifest.json";
};

// kNotFound "no_backup" when the folder has none; kCorrupt "bad_manifest"; kUnsupported "newer_backup" of a later format.
Result<BackupManifest> read_manifest(const std::filesystem::path& folder);
Status write_manifest(const std::filesystem::path& folder, const BackupManifest& manifest);

}  // namespace nozama
