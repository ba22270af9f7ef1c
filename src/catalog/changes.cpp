#include <fmt/format.h>

#include "base/clock.h"
#include "catalog/internal.h"

namespace nozama {

namespace {

struct LogBounds {
  int64_t last = 0;
  int64_t trimmed = 0;
};

Result<LogBounds> log_bounds(sql::Connection& db) {
  LogBounds bounds;
  sql::Rows rows = sql::query(db, "SELECT last_seq, trimmed_seq FROM change_counter WHERE id = 1");
  if (rows.next()) bounds = {.last = rows.integer(0), .trimmed = rows.integer(1)};
  if (!rows.ok()) return rows.failure();
  return bounds;
}

// `head` and `projection` have the same columns.
constexpr std::string_view kInsertProjection = "INSERT INTO projection (encoder, data, report, created_ms) VALUES (?, ?, ?, ?) RETURNING id";
constexpr std::string_view kInsertHead = "INSERT INTO head (encoder, data, report, created_ms) VALUES (?, ?, ?, ?) RETURNING id";
constexpr std::string_view kSelectProjection = "SELECT encoder, data, report, created_ms FROM projection WHERE id = ?";
constexpr std::string_view kSelectHead = "SELECT encoder, data, report, created_ms FROM head WHERE id = ?";

Result<int64_t> insert_model(sql::Pool& pool, std::string_view statement, const ModelBlob& model) {
  return pool.write([&](sql::Connection& db) -> Result<int64_t> {
    auto id = sql::query_integer(db, statement, model.encoder_id, model.blob, model.report_json, unix_time_ms());
    if (!id) return propagate(id);
    return id->value_or(0);
  });
}

Result<ModelBlob> select_model(sql::Pool& pool, std::string_view statement, int64_t id, std::string_view what) {
  return pool.read([&](sql::Connection& db) -> Result<ModelBlob> {
    sql::Rows rows = sql::query(db, statement, id);
    if (rows.next()) {
      const auto data = rows.bytes(1);
      return ModelBlob{.encoder_id = rows.text(0), .blob = {data.begin(), data.end()}, .report_json = rows.text(2), .created_ms = rows.integer(3)};
    }
    if (!rows.ok()) return rows.failure();
    return fail(ErrorCode::kNotFound, fmt::format("unknown_{}", what), fmt::format("the catalogue has no {} {}", what, id));
  });
}

}  // namespace

Status append_changes(sql::Connection& db, ChangeKind kind, const std::vector<int64_t>& ids) {
  if (ids.empty()) return {};
  auto last = sql::query_integer(db, "UPDATE change_counter SET last_seq = last_seq + ? WHERE id = 1 RETURNING last_seq", ids.size());
  if (!last) return propagate(last);
  int64_t seq = last->value_or(0) - static_cast<int64_t>(ids.size());
  for (const int64_t id : ids) {
    if (auto added = sql::execute(db, "INSERT INTO change (seq, kind, item) VALUES (?, ?, ?)", ++seq, static_cast<int>(kind), id); !added) return added;
  }
  return {};
}

Result<int64_t> Catalog::current_seq() {
  return pool_->read([](sql::Connection& db) -> Result<int64_t> {
    auto bounds = log_bounds(db);
    if (!bounds) return propagate(bounds);
    return bounds->last;
  });
}

Result<std::vector<Change>> Catalog::read_changes(int64_t after_seq, int limit) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<Change>> {
    auto bounds = log_bounds(db);
    if (!bounds) return propagate(bounds);
    if (after_seq < bounds->trimmed) {
      return fail(ErrorCode::kConflict, "changes_trimmed", fmt::format("changes up to {} are forgotten; {} is too old", bounds->trimmed, after_seq));
    }
    if (after_seq > bounds->last) {
      return fail(ErrorCode::kConflict, "changes_ahead", fmt::format("the newest change is {}, before {}: was a backup restored?", bounds->last, after_seq));
    }
    std::vector<Change> changes;
    sql::Rows rows = sql::query(db, "SELECT seq, kind, item FROM change WHERE seq > ? ORDER BY seq LIMIT ?", after_seq, limit);
    while (rows.next()) changes.push_back({.seq = rows.integer(0), .kind = static_cast<ChangeKind>(rows.integer(1)), .id = rows.integer(2)});
    if (!rows.ok()) return rows.failure();
    return changes;
  });
}

Status Catalog::trim_changes(int64_t seq) {
  return pool_->write([&](sql::Connection& db) -> Status {
    auto bounds = log_bounds(db);
    if (!bounds) return propagate(bounds);
    const int64_t upto = std::min(seq, bounds->last);
    if (upto <= bounds->trimmed) return {};
    if (auto removed = sql::execute(db, "DELETE FROM change WHERE seq <= ?", upto); !removed) return removed;
    return sql::execute(db, "UPDATE change_counter SET trimmed_seq = ? WHERE id = 1", upto);
  });
}

Result<ProjectionId> Catalog::save_projection(const ModelBlob& projection) {
  auto id = insert_model(*pool_, kInsertProjection, projection);
  if (!id) return propagate(id, "saving the projection");
  return ProjectionId{*id};
}

Result<ModelBlob> Catalog::projection(ProjectionId id) { return select_model(*pool_, kSelectProjection, id.value, "projection"); }

Result<HeadId> Catalog::save_head(const ModelBlob& head) {
  auto id = insert_model(*pool_, kInsertHead, head);
  if (!id) return propagate(id, "saving the category head");
  return HeadId{*id};
}

Result<ModelBlob> Catalog::head(HeadId id) { return select_model(*pool_, kSelectHead, id.value, "head"); }

Result<ServingRow> Catalog::serving() {
  return pool_->read([](sql::Connection& db) -> Result<ServingRow> {
    ServingRow row;
    sql::Rows rows = sql::query(db, "SELECT encoder, projection_id, head_id, parameters, generation FROM serving WHERE id = 1");
    if (rows.next()) {
      row.encoder_id = rows.text(0);
      if (const auto id = rows.optional_integer(1)) row.projection = ProjectionId{*id};
      if (const auto id = rows.optional_integer(2)) row.head = HeadId{*id};
      row.parameters_json = rows.text(3);
      row.generation = rows.integer(4);
    }
    if (!rows.ok()) return rows.failure();
    return row;
  });
}

Result<int64_t> Catalog::switch_serving(const ServingRow& row, std::optional<int64_t> expected_seq) {
  return pool_->write([&](sql::Connection& db) -> Result<int64_t> {
    if (expected_seq) {
      auto bounds = log_bounds(db);
      if (!bounds) return propagate(bounds);
      if (bounds->last != *expected_seq) return fail(ErrorCode::kConflict, "changed_meanwhile", "the catalogue has changed meanwhile; look again");
    }
    auto generation = sql::query_integer(db,
                                         "UPDATE serving SET encoder = ?, projection_id = ?, head_id = ?, parameters = ?, generation = generation + 1"
                                         " WHERE id = 1 RETURNING generation",
                                         row.encoder_id, row.projection, row.head, row.parameters_json);
    if (!generation) return propagate(generation, "switching what is served");
    const int64_t switched = generation->value_or(0);
    if (auto logged = append_changes(db, ChangeKind::kServing, {switched}); !logged) return propagate(logged);
    return switched;
  });
}

}  // namespace nozama
