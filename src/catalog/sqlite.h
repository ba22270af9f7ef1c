#pragma once

#include <filesystem>
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

}  // namespace nozama::sql
