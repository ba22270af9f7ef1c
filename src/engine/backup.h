// A folder from which a shop can be restored, made while it serves and changes; and the way back. docs/backup.md
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/backup_manifest.h"
#include "engine/workspace.h"

namespace nozama {

// Stages: "database" in MiB, then "pictures" in pictures.
struct BackupRun {
  std::function<void(std::string_view stage, int64_t done, int64_t total)> progress = nullptr;
  std::stop_token stop = {};
};

struct BackupReport {
  BackupManifest manifest;
  int64_t pictures_copied = 0, pictures_kept = 0;  // kept: the place had them already
  int64_t pictures_removed = 0;                    // from a backup, for the shop names them no more
  std::vector<std::string> lost;                   // pictures that are missing or damaged where they were to come from
};

// Into `folder`, which is made, or holds an earlier backup that this one replaces when it is whole: its pictures are not copied again.
// The database is copied first, in one state; pictures are stored before the database names them and never change, so none of that
// state is missing. kUnsupported "database_elsewhere" with a PostgreSQL server; kConflict "backup_running"; kCancelled.
Result<BackupReport> back_up(Workspace& workspace, const std::filesystem::path& folder, const BackupRun& run);

// Into an empty or missing data directory (kConflict "data_directory_in_use"), each byte compared with its checksum on the way. The
// database takes its name last: an interrupted restore is no shop, and the same call goes on with it. kCorrupt "backup_damaged" when
// the database is not what the manifest says; damaged pictures are left out and told. `place` names the data directory and the bucket.
Result<BackupReport> restore_backup(const std::filesystem::path& folder, const WorkspaceOptions& place, const BackupRun& run);

}  // namespace nozama
