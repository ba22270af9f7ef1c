#include <fmt/format.h>

#include "catalog/internal.h"

namespace nozama {

namespace {

constexpr int kEmbeddingsPerStep = 2000;

constexpr std::string_view kUnusedProjections = "FROM projection WHERE id NOT IN (SELECT COALESCE(projection_id, 0) FROM serving)";
constexpr std::string_view kUnusedHeads = "FROM head WHERE id NOT IN (SELECT COALESCE(head_id, 0) FROM serving)";

Status add_blobs(sql::Connection& db, std::string_view from, int64_t& count, int64_t& bytes) {
  sql::Rows rows = sql::query(db, fmt::format("SELECT COUNT(*), COALESCE(SUM(LENGTH(data)), 0) {}", from));
  if (rows.next()) {
    count = rows.integer(0);
    bytes += rows.integer(1);
  }
  return rows.status();
}

Result<UnusedModels> find_unused(sql::Connection& db) {
  UnusedModels unused;
  {
    sql::Rows rows = sql::query(db,
                                "SELECT n.name, COUNT(*), COUNT(*) * n.vector_bytes FROM encoder n JOIN embedding e ON e.encoder_id = n.id"
                                " WHERE n.name NOT IN (SELECT encoder FROM serving) GROUP BY n.name, n.vector_bytes ORDER BY n.name");
    while (rows.next()) {
      unused.encoder_ids.push_back(rows.text(0));
      unused.embeddings += rows.integer(1);
      unused.bytes += rows.integer(2);
    }
    if (!rows.ok()) return rows.failure();
  }
  if (auto added = add_blobs(db, kUnusedProjections, unused.projections, unused.bytes); !added) return propagate(added);
  if (auto added = add_blobs(db, kUnusedHeads, unused.heads, unused.bytes); !added) return propagate(added);
  return unused;
}

// True = some may be left.
Result<bool> remove_some_embeddings(sql::Connection& db) {
  const std::string some = fmt::format(
      "SELECT e.id FROM embedding e JOIN encoder n ON n.id = e.encoder_id WHERE n.name NOT IN (SELECT encoder FROM serving) LIMIT {}", kEmbeddingsPerStep);
  auto left = sql::query_integer(db, fmt::format("SELECT COUNT(*) FROM ({}) part", some));
  if (!left) return propagate(left);
  if (auto removed = sql::execute(db, fmt::format("DELETE FROM embedding WHERE id IN ({})", some)); !removed) return propagate(removed);
  return left->value_or(0) == kEmbeddingsPerStep;
}

}  // namespace

Result<std::string> serving_encoder(sql::Connection& db) {
  sql::Rows rows = sql::query(db, "SELECT encoder FROM serving WHERE id = 1");
  std::string encoder;
  if (rows.next()) encoder = rows.text(0);
  if (!rows.ok()) return rows.failure();
  return encoder;
}

Result<int64_t> Catalog::embedding_count(const std::string& encoder_id) {
  return pool_->read([&](sql::Connection& db) -> Result<int64_t> {
    auto count = sql::query_integer(db, "SELECT COUNT(*) FROM embedding e JOIN encoder n ON n.id = e.encoder_id WHERE n.name = ?", encoder_id);
    if (!count) return propagate(count);
    return count->value_or(0);
  });
}

Result<UnusedModels> Catalog::unused_models() {
  return pool_->read([](sql::Connection& db) { return find_unused(db); });
}

Result<UnusedModels> Catalog::prune_unused_models() {
  auto unused = unused_models();
  if (!unused) return unused;
  for (bool more = true; more;) {
    auto removed = pool_->write([](sql::Connection& db) { return remove_some_embeddings(db); });
    if (!removed) return propagate(removed, "removing old embeddings");
    more = *removed;
  }
  auto removed = pool_->write([](sql::Connection& db) -> Status {
    if (auto done = sql::execute(db, fmt::format("DELETE {}", kUnusedProjections)); !done) return done;
    return sql::execute(db, fmt::format("DELETE {}", kUnusedHeads));
  });
  if (!removed) return propagate(removed, "removing old models");
  return unused;
}

}  // namespace nozama
