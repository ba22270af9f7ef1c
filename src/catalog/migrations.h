// The schema, as numbered steps: each is one transaction and is never edited once released.
#pragma once

#include <string>

#include "base/error.h"
#include "catalog/sql.h"

namespace nozama {

// The newest schema this program knows.
int newest_schema_version();

// Brings the database to the newest schema; an empty one becomes a new catalogue when `create` says so.
// Returns the catalogue id. Errors as Catalog::open().
Result<std::string> migrate(sql::Pool& pool, bool create);

}  // namespace nozama
