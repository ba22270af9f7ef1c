// PostgreSQL 13 or newer behind the interface of sql.h. Statements travel in libpq's pipeline mode, values and rows in binary. When the
// connection breaks while a commit is answered, the call fails although its rows may be stored: the same call again changes nothing more.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "catalog/sql.h"

namespace nozama::sql {

struct PostgresOptions {
  int busy_timeout_ms = 15'000;     // for the writer's place
  int connect_timeout_ms = 10'000;  // for the server's answer
};

// "postgresql://…" or "postgres://…", as libpq reads them.
bool is_postgres_url(std::string_view text);

// The URL for people: "postgresql://host:port/database", never with a password.
std::string postgres_display_name(const std::string& url);

// A session with the schema that search_path names first ("public"). Errors, each with its remedy: kUnavailable
// "database_unreachable", "database_login" (user or password), "database_missing", "database_connections" (too many);
// kUnsupported "database_too_old", "database_encoding" (not UTF-8); kInvalidArgument "bad_database_url".
Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, Access access, const PostgresOptions& options);

}  // namespace nozama::sql
