#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/error.h"
#include "catalog/sql.h"

namespace nozama::sql {

struct SqliteOptions {
  int busy_timeout_ms = 15'000;
  int64_t pages_max = 0;  // 0 = no limit; a small one makes "disk full" in tests
};

// Opens the file, or makes it for a writer. Any number of connections, in any number of processes.
Result<std::unique_ptr<Connection>> open_sqlite(const std::filesystem::path& path, Access access, const SqliteOptions& options);

// Copies a database into a new file, as it is at one moment, while other processes read and write it; then on the disk. `progress` is
// told bytes done and in all now and then; its error ends the copy. After an error there is no file.
using CopyProgress = std::function<Status(int64_t done, int64_t total)>;
Status copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to, const CopyProgress& progress);

}  // namespace nozama::sql
