#include "catalog/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash.h"
#include "base/number.h"
#include "catalog/schema_merchants.h"
#include "catalog/schema_products.h"
#include "catalog/schema_shoppers.h"
#include "catalog/text_search.h"

namespace nozama {

namespace {

constexpr std::string_view kFormatName = "nozama catalogue";

struct Step {
  std::string_view shared;
  std::string_view sqlite = {}, postgres = {};  // after the shared part, in that database
  Status (*fill)(sql::Connection& db) = nullptr;
  // Programs of the schema before could not work beside ours: what they write lacks something, or they read what is gone. New tables
  // and columns with defaults are no such thing, so that servers can be exchanged one after the other.
  bool breaks_older = false;
};
constexpr std::array kSteps = {Step{kSchema1},  Step{kSchema2}, Step{kSchema3, kSchema3Sqlite, kSchema3Postgres, fill_search_words, true},
                               Step{kSchema4},  Step{kSchema5}, Step{kSchema6},
                               Step{kSchema7},  Step{kSchema8}, Step{kSchema9},
                               Step{kSchema10}, Step{kSchema11}};

Result<std::optional<std::string>> meta(sql::Connection& db, std::string_view key) {
  sql::Rows rows = sql::query(db, "SELECT value FROM meta WHERE key = ?", key);
  std::optional<std::string> value;
  if (rows.next()) value = rows.text(0);
  if (!rows.ok()) return rows.failure();
  return value;
}

Status set_meta(sql::Connection& db, std::string_view key, std::string_view value) {
  return sql::execute(db, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
}

std::unexpected<Error> not_a_catalogue(std::string_view why) {
  return fail(ErrorCode::kCorrupt, "not_a_catalogue",
              fmt::format("the file is not a Nozama catalogue ({}); name another with --data, or restore a backup", why));
}

// 0 = an empty database.
Result<int> schema_version(sql::Connection& db) {
  auto tables = db.table_names();
  if (!tables) return propagate(tables);
  if (tables->empty()) return 0;
  if (std::ranges::find(*tables, "meta") == tables->end()) return not_a_catalogue("it holds other tables");
  auto format = meta(db, "format");
  if (!format) return not_a_catalogue(format.error().message);
  if (*format != kFormatName) return not_a_catalogue("its format is not named");
  auto text = meta(db, "schema_version");
  if (!text) return propagate(text);
  int version = 0;
  const std::string digits = text->value_or("");
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (parsed.ec != std::errc() || version < 1) return not_a_catalogue("its version is unreadable");
  return version;
}

// The oldest schema whose programs can work on this one.
int compatible_since(int version) {
  while (version > 1 && !kSteps[static_cast<size_t>(version - 1)].breaks_older) --version;
  return version;
}

Status apply_step(sql::Connection& db, int version) {
  const Step& step = kSteps[static_cast<size_t>(version - 1)];
  const std::string_view own = db.dialect() == sql::Dialect::kSqlite ? step.sqlite : step.postgres;
  for (const std::string_view statements : {step.shared, own}) {
    if (auto run = db.run_schema(statements); !run) return propagate(run, fmt::format("schema {}", version));
  }
  if (step.fill != nullptr) {
    if (auto filled = step.fill(db); !filled) return propagate(filled, fmt::format("schema {}", version));
  }
  if (version == 1) {
    if (auto set = set_meta(db, "format", kFormatName); !set) return set;
    if (auto set = set_meta(db, "catalogue_id", random_hex(16)); !set) return set;
  }
  if (auto set = set_meta(db, "compatible_since", std::to_string(compatible_since(version))); !set) return set;
  return set_meta(db, "schema_version", std::to_string(version));
}

// A newer program has made the database, and says whether this one may use it.
Status check_newer(sql::Connection& db, int version) {
  if (version <= newest_schema_version()) return {};
  const auto text = meta(db, "compatible_since");
  if (!text) return propagate(text);
  const auto since = parse_number<int>(text->value_or(""));
  if (since && *since >= 1 && *since <= newest_schema_version()) return {};
  return fail(ErrorCode::kUnsupported, "newer_database",
              fmt::format("the catalogue has schema version {}, made by a newer Nozama; this one knows versions up to {}: "
                          "run the newer program, or restore a backup from before the upgrade",
                          version, newest_schema_version()));
}

}  // namespace

int newest_schema_version() { return static_cast<int>(kSteps.size()); }

Result<std::string> migrate(sql::Pool& pool, bool create) {
  auto found = pool.read([](sql::Connection& db) -> Result<int> {
    auto version = schema_version(db);
    if (!version) return version;
    if (auto usable = check_newer(db, *version); !usable) return propagate(usable);
    return version;
  });
  if (!found) return propagate(found);
  if (*found == 0 && !create) return fail(ErrorCode::kNotFound, "no_catalogue", "there is no catalogue here yet; run `nozama import` first");

  for (int version = *found + 1; version <= newest_schema_version(); ++version) {
    auto done = pool.write([&](sql::Connection& db) -> Status {
      // Another process may have done the step while this one waited for the lock.
      auto now = schema_version(db);
      if (!now) return propagate(now);
      return *now >= version ? Status() : apply_step(db, version);
    });
    if (!done) return propagate(done);
  }
  return pool.read([](sql::Connection& db) -> Result<std::string> {
    auto id = meta(db, "catalogue_id");
    if (!id) return propagate(id);
    if (!*id) return not_a_catalogue("it has no id");
    return **id;
  });
}

}  // namespace nozama
