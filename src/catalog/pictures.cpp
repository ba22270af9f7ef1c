#include <fmt/format.h>

#include <algorithm>

#include "catalog/internal.h"
#include "catalog/sql_lists.h"

namespace nozama {

namespace {

Result<int64_t> encoder_row(sql::Connection& db, const std::string& encoder_id, size_t vector_bytes) {
  sql::Rows rows = sql::query(db, "SELECT id, vector_bytes FROM encoder WHERE name = ?", encoder_id);
  if (rows.next()) {
    if (rows.integer(1) == static_cast<int64_t>(vector_bytes)) return rows.integer(0);
    return fail(ErrorCode::kInvalidArgument, "bad_embedding",
                fmt::format("embeddings of {} have {} bytes, this one {}", encoder_id, rows.integer(1), vector_bytes));
  }
  if (!rows.ok()) return rows.failure();
  auto made = sql::query_integer(db, "INSERT INTO encoder (name, vector_bytes) VALUES (?, ?) RETURNING id", encoder_id, vector_bytes);
  if (!made) return propagate(made);
  return made->value_or(0);
}

Status add_users(sql::Connection& db, int64_t content, std::unordered_set<int64_t>& products) {
  sql::Rows rows = sql::query(db, "SELECT product_id FROM picture WHERE content_id = ?", content);
  while (rows.next()) products.insert(rows.integer(0));
  return rows.status();
}

constexpr std::string_view kPictureColumns =
    "k.id, c.hash, c.width, c.height, COALESCE((SELECT v.key FROM variant v WHERE v.id = k.variant_id), ''), k.source_ref";

PictureDetails read_picture(const sql::Rows& rows) {
  return {.id = PictureId{rows.integer(0)},
          .content_hash = rows.text(1),
          .width = static_cast<int>(rows.integer(2)),
          .height = static_cast<int>(rows.integer(3)),
          .variant_key = rows.text(4),
          .source_ref = rows.text(5)};
}

// Many keys in one statement: each row of `wanted` brings its place in the caller's list, and is looked up by the index; CROSS JOIN
// keeps SQLite from turning that round.
constexpr std::string_view kKnownColumns =
    "SELECT w.place, c.hash, c.width, c.height,"
    " EXISTS (SELECT 1 FROM embedding e JOIN encoder n ON n.id = e.encoder_id WHERE e.content_id = c.id AND n.name = ?)"
    " AND EXISTS (SELECT 1 FROM content_look l WHERE l.content_id = c.id) FROM wanted w ";

KnownPicture read_known(const sql::Rows& rows) {
  return {
      .content_hash = rows.text(1), .width = static_cast<int>(rows.integer(2)), .height = static_cast<int>(rows.integer(3)), .embedded = rows.integer(4) != 0};
}

struct Wanted {
  std::string_view columns;       // of the keys, after "place"
  std::string_view placeholders;  // of one row
  std::string_view join;          // from `wanted w` to `content c`
};

// `bind(values, key)` appends a key's values.
template <class Key, class Bind>
Result<std::vector<std::optional<KnownPicture>>> look_up(sql::Pool& pool, const Wanted& wanted, const std::vector<Key>& keys, const std::string& encoder_id,
                                                         Bind bind) {
  constexpr size_t kKeysMax = 2048;
  return pool.read([&](sql::Connection& db) -> Result<std::vector<std::optional<KnownPicture>>> {
    std::vector<std::optional<KnownPicture>> found(keys.size());
    for (size_t from = 0; from < keys.size(); from += kKeysMax) {
      const size_t count = std::min(kKeysMax, keys.size() - from), rows_asked = sql::padded_count(count);
      std::vector<sql::Value> values;
      for (size_t i = 0; i < rows_asked; ++i) {
        const size_t place = from + std::min(i, count - 1);
        values.push_back(sql::to_value(place));
        bind(values, keys[place]);
      }
      values.push_back(sql::to_value(encoder_id));
      const std::string statement = fmt::format("WITH wanted (place, {}) AS (VALUES {}) {}{}", wanted.columns,
                                                sql::placeholders(rows_asked, wanted.placeholders), kKnownColumns, wanted.join);
      sql::Rows rows = sql::query_list(db, statement, values);
      while (rows.next()) found[static_cast<size_t>(rows.integer(0))] = read_known(rows);
      if (!rows.ok()) return rows.failure();
    }
    return found;
  });
}

}  // namespace

Status store_embeddings(sql::Connection& db, const std::string& encoder_id, const std::vector<EmbeddingRecord>& embeddings,
                        std::unordered_set<int64_t>& gained) {
  if (embeddings.empty()) return {};
  if (encoder_id.empty()) return fail(ErrorCode::kInvalidArgument, "bad_embedding", "embeddings without an encoder");
  auto serving = serving_encoder(db);
  if (!serving) return propagate(serving);
  const bool indexed = serving->empty() || *serving == encoder_id;
  for (const EmbeddingRecord& embedding : embeddings) {
    if (embedding.half_bytes.empty() || embedding.half_bytes.size() % 2 != 0) {
      return fail(ErrorCode::kInvalidArgument, "bad_embedding", fmt::format("an embedding of {} bytes", embedding.half_bytes.size()));
    }
    auto encoder = encoder_row(db, encoder_id, embedding.half_bytes.size());
    if (!encoder) return propagate(encoder);
    auto content = sql::query_integer(db, "SELECT id FROM content WHERE hash = ?", embedding.content_hash);
    if (!content) return propagate(content);
    if (!*content) continue;
    auto added = sql::query_integer(db,
                                    "INSERT INTO embedding (content_id, encoder_id, vector) VALUES (?, ?, ?)"
                                    " ON CONFLICT (content_id, encoder_id) DO NOTHING RETURNING id",
                                    **content, *encoder, embedding.half_bytes);
    if (!added) return propagate(added, "saving an embedding");
    bool gained_one = indexed && added->has_value();
    if (embedding.look) {
      auto look = store_look(db, ContentId{**content}, *embedding.look);
      if (!look) return propagate(look, "saving a picture's look");
      gained_one |= *look;
    }
    if (!gained_one) continue;
    if (auto users = add_users(db, **content, gained); !users) return users;
  }
  return {};
}

Status Catalog::save_embeddings(const std::string& encoder_id, const std::vector<EmbeddingRecord>& embeddings) {
  return pool_->write([&](sql::Connection& db) -> Status {
    std::unordered_set<int64_t> gained;
    if (auto stored = store_embeddings(db, encoder_id, embeddings, gained); !stored) return stored;
    return append_changes(db, ChangeKind::kProduct, {gained.begin(), gained.end()});
  });
}

Result<std::vector<std::optional<KnownPicture>>> Catalog::known_sources(const std::vector<SourceKey>& keys, const std::string& encoder_id) {
  constexpr Wanted kWanted{.columns = "source_ref, source_size, source_mtime_ms",
                           .placeholders = "(CAST(? AS BIGINT),?,CAST(? AS BIGINT),CAST(? AS BIGINT))",
                           .join =
                               "CROSS JOIN picture k JOIN content c ON c.id = k.content_id WHERE k.id = (SELECT MAX(o.id) FROM picture o"
                               " WHERE o.source_ref = w.source_ref AND o.source_size = w.source_size AND o.source_mtime_ms = w.source_mtime_ms)"};
  return look_up(*pool_, kWanted, keys, encoder_id, [](std::vector<sql::Value>& values, const SourceKey& key) {
    for (const sql::Value& value : {sql::to_value(key.source_ref), sql::to_value(key.size), sql::to_value(key.mtime_ms)}) values.push_back(value);
  });
}

Result<std::vector<std::optional<KnownPicture>>> Catalog::known_hashes(const std::vector<std::string>& hashes, const std::string& encoder_id) {
  constexpr Wanted kWanted{.columns = "hash", .placeholders = "(CAST(? AS BIGINT),?)", .join = "CROSS JOIN content c WHERE c.hash = w.hash"};
  return look_up(*pool_, kWanted, hashes, encoder_id, [](std::vector<sql::Value>& values, const std::string& hash) { values.push_back(sql::to_value(hash)); });
}

Result<PictureDetails> Catalog::picture_by_hash(const std::string& content_hash) {
  return pool_->read([&](sql::Connection& db) -> Result<PictureDetails> {
    sql::Rows rows =
        sql::query(db, fmt::format("SELECT {} FROM content c JOIN picture k ON k.content_id = c.id WHERE c.hash = ? ORDER BY k.id LIMIT 1", kPictureColumns),
                   content_hash);
    if (rows.next()) return read_picture(rows);
    if (!rows.ok()) return rows.failure();
    return fail(ErrorCode::kNotFound, "unknown_picture", "the catalogue has no such picture");
  });
}

Result<std::vector<PictureDetails>> Catalog::pictures_without_embedding(const std::string& encoder_id, PictureId after, int limit) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<PictureDetails>> {
    std::vector<PictureDetails> pictures;
    sql::Rows rows = sql::query(db,
                                fmt::format("SELECT {} FROM picture k JOIN content c ON c.id = k.content_id WHERE k.id > ?"
                                            " AND k.id = (SELECT MIN(o.id) FROM picture o WHERE o.content_id = c.id)"
                                            " AND NOT EXISTS (SELECT 1 FROM embedding e JOIN encoder n ON n.id = e.encoder_id"
                                            "  WHERE e.content_id = c.id AND n.name = ?) ORDER BY k.id LIMIT ?",
                                            kPictureColumns),
                                after, encoder_id, limit);
    while (rows.next()) pictures.push_back(read_picture(rows));
    if (!rows.ok()) return rows.failure();
    return pictures;
  });
}

}  // namespace nozama
