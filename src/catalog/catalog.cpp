#include "catalog/catalog.h"

#include <fmt/format.h>

#include "catalog/internal.h"
#include "catalog/migrations.h"
#include "catalog/postgres.h"
#include "catalog/sql.h"
#include "catalog/sqlite.h"

namespace nozama {

Catalog::Catalog(std::unique_ptr<sql::Pool> pool, std::string catalogue_id) : pool_(std::move(pool)), catalogue_id_(std::move(catalogue_id)) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::open(const std::filesystem::path& path, CatalogOptions options) {
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  // SQLite takes a file shorter than its header for a new one, and would write over it.
  constexpr uintmax_t kSqliteFileBytesMin = 512;
  if (const auto size = exists ? std::filesystem::file_size(path, error) : 0; !error && size > 0 && size < kSqliteFileBytesMin) {
    return fail(ErrorCode::kCorrupt, "not_a_catalogue", fmt::format("{}: not a Nozama catalogue, or cut short", path.string()));
  }
  if (!exists && !options.create) {
    return fail(ErrorCode::kNotFound, "no_catalogue", fmt::format("{}: there is no catalogue here yet; run `nozama import` first", path.string()));
  }
  const sql::SqliteOptions sqlite{.busy_timeout_ms = options.busy_timeout_ms};
  // The first connection makes the file, so that readers, which never do, can open it.
  auto first = sql::open_sqlite(path, sql::Access::kWrite, sqlite);
  if (!first) {
    if (first.error().code != ErrorCode::kCorrupt) return propagate(first);
    return fail(ErrorCode::kCorrupt, "not_a_catalogue", fmt::format("not a Nozama catalogue, or damaged: {}", first.error().message));
  }
  auto connect = [path, sqlite](sql::Access access) { return sql::open_sqlite(path, access, sqlite); };
  auto attached = attach(std::make_unique<sql::Pool>(std::move(connect)), options);
  if (attached) return attached;
  Error failure = attached.error();
  if (!failure.message.starts_with(path.string())) failure.message = fmt::format("{}: {}", path.string(), failure.message);
  return std::unexpected(std::move(failure));
}

Result<std::unique_ptr<Catalog>> Catalog::connect(const std::string& url, CatalogOptions options) {
  const sql::PostgresOptions postgres{.busy_timeout_ms = options.busy_timeout_ms};
  auto attached = attach(std::make_unique<sql::Pool>([url, postgres](sql::Access access) { return sql::open_postgres(url, access, postgres); }), options);
  if (attached) return attached;
  Error failure = attached.error();
  const std::string name = sql::postgres_display_name(url);
  if (failure.reason != "bad_database_url" && !failure.message.contains(name)) failure.message = fmt::format("{}: {}", name, failure.message);
  return std::unexpected(std::move(failure));
}

Result<std::unique_ptr<Catalog>> Catalog::attach(std::unique_ptr<sql::Pool> pool, CatalogOptions options) {
  auto id = migrate(*pool, options.create);
  if (!id) return propagate(id);
  return std::unique_ptr<Catalog>(new Catalog(std::move(pool), std::move(*id)));
}

Result<std::optional<std::string>> Catalog::setting(const std::string& key) {
  return pool_->read([&](sql::Connection& db) -> Result<std::optional<std::string>> {
    sql::Rows rows = sql::query(db, "SELECT value FROM setting WHERE key = ?", key);
    std::optional<std::string> value;
    if (rows.next()) value = rows.text(0);
    if (!rows.ok()) return rows.failure();
    return value;
  });
}

Status Catalog::set_setting(const std::string& key, const std::string& value) {
  return pool_->write([&](sql::Connection& db) {
    return sql::execute(db, "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
  });
}

Result<CatalogStats> Catalog::stats() {
  return pool_->read([&](sql::Connection& db) -> Result<CatalogStats> {
    CatalogStats stats;
    sql::Rows rows = sql::query(db,
                                "SELECT (SELECT COUNT(*) FROM product), (SELECT COUNT(*) FROM variant), (SELECT COUNT(*) FROM picture),"
                                " (SELECT COUNT(*) FROM content), (SELECT COUNT(*) FROM category), (SELECT COUNT(*) FROM embedding),"
                                " last_seq, trimmed_seq FROM change_counter");
    if (rows.next()) {
      stats.products = rows.integer(0);
      stats.variants = rows.integer(1);
      stats.pictures = rows.integer(2);
      stats.distinct_pictures = rows.integer(3);
      stats.categories = rows.integer(4);
      stats.embeddings = rows.integer(5);
      stats.change_seq = rows.integer(6);
      stats.change_floor = rows.integer(7);
    }
    if (!rows.ok()) return rows.failure();
    auto size = db.size_bytes();
    if (!size) return propagate(size);
    stats.file_bytes = *size;
    return stats;
  });
}

Result<std::vector<std::string>> Catalog::check() {
  struct Rule {
    std::string_view problem;
    std::string_view count;
  };
  static constexpr Rule kRules[] = {
      {"embeddings of another length than their encoder's",
       "SELECT COUNT(*) FROM embedding e JOIN encoder n ON n.id = e.encoder_id WHERE LENGTH(e.vector) <> n.vector_bytes"},
      {"picture contents that no product uses", "SELECT COUNT(*) FROM content c WHERE NOT EXISTS (SELECT 1 FROM picture k WHERE k.content_id = c.id)"},
      {"products missing from their primary category",
       "SELECT COUNT(*) FROM product p WHERE p.category_id IS NOT NULL AND NOT EXISTS"
       " (SELECT 1 FROM product_category m WHERE m.product_id = p.id AND m.category_id = p.category_id)"},
      {"change entries beyond the counter", "SELECT COUNT(*) FROM change WHERE seq > (SELECT last_seq FROM change_counter)"},
      {"missing change entries", "SELECT last_seq - trimmed_seq - (SELECT COUNT(*) FROM change) FROM change_counter"},
      {"products that text search cannot find", "SELECT COUNT(*) FROM product p WHERE NOT EXISTS (SELECT 1 FROM product_search s WHERE s.product_id = p.id)"},
      {"missing serving rows", "SELECT 1 - COUNT(*) FROM serving"},
  };
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::string>> {
    auto problems = db.check_integrity();
    if (!problems) return problems;
    for (const Rule& rule : kRules) {
      auto count = sql::query_integer(db, rule.count);
      if (!count) return propagate(count);
      if (count->value_or(0) != 0) problems->push_back(fmt::format("{} {}", count->value_or(0), rule.problem));
    }
    return problems;
  });
}

}  // namespace nozama
