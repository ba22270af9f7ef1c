#include "catalog/signals.h"

#include <algorithm>

#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

Result<bool> is_there(sql::Connection& db, const EventRecord& event, bool& same) {
  sql::Rows rows = sql::query(db, "SELECT value FROM event WHERE product = ? AND actor = ? AND kind = ? AND at_ms = ?", event.product_id, event.actor_id,
                              event.kind, event.time_ms);
  const bool there = rows.next();
  if (there) same = rows.real(0) == event.value;
  if (!rows.ok()) return rows.failure();
  return there;
}

Status save_event(sql::Connection& db, const EventRecord& event, SignalCounts& counts) {
  bool same = false;
  const auto there = is_there(db, event, same);
  if (!there) return propagate(there);
  if (same) {
    ++counts.unchanged;
    return {};
  }
  ++(*there ? counts.updated : counts.created);
  return sql::execute(db,
                      "INSERT INTO event (product, actor, kind, at_ms, value) VALUES (?, ?, ?, ?, ?)"
                      " ON CONFLICT (product, actor, kind, at_ms) DO UPDATE SET value = excluded.value",
                      event.product_id, event.actor_id, event.kind, event.time_ms, event.value);
}

Status save_feature(sql::Connection& db, const std::string& name, const FeatureRecord& feature, SignalCounts& counts) {
  const auto product = sql::query_integer(db, "SELECT id FROM product WHERE external_id = ?", feature.product_id);
  if (!product) return propagate(product);
  if (!*product) {
    ++counts.skipped;
    return {};
  }
  bool there = false, same = false;
  {
    sql::Rows rows = sql::query(db, "SELECT data FROM product_feature WHERE product_id = ? AND name = ?", **product, name);
    there = rows.next();
    if (there) same = std::ranges::equal(rows.bytes(0), feature.half_bytes);
    if (!rows.ok()) return rows.failure();
  }
  if (same) {
    ++counts.unchanged;
    return {};
  }
  ++(there ? counts.updated : counts.created);
  return sql::execute(db,
                      "INSERT INTO product_feature (product_id, name, data) VALUES (?, ?, ?)"
                      " ON CONFLICT (product_id, name) DO UPDATE SET data = excluded.data",
                      **product, name, feature.half_bytes);
}

}  // namespace

Status write_relations(sql::Connection& db, ProductId product, const std::vector<RelationRecord>& relations) {
  if (auto cleared = sql::execute(db, "DELETE FROM product_relation WHERE product_id = ?", product); !cleared) return cleared;
  int64_t position = 0;
  for (const RelationRecord& relation : relations) {
    auto added = sql::execute(db, "INSERT INTO product_relation (product_id, position, kind, other_id) VALUES (?, ?, ?, ?)", product, position++, relation.kind,
                              relation.other_id);
    if (!added) return added;
  }
  return {};
}

Result<std::vector<RelationRecord>> Catalog::relations(const std::string& external_id) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<RelationRecord>> {
    std::vector<RelationRecord> relations;
    sql::Rows rows = sql::query(db,
                                "SELECT r.kind, r.other_id FROM product_relation r JOIN product p ON p.id = r.product_id"
                                " WHERE p.external_id = ? ORDER BY r.position",
                                external_id);
    while (rows.next()) relations.push_back({rows.text(0), rows.text(1)});
    if (!rows.ok()) return rows.failure();
    return relations;
  });
}

Result<SignalCounts> Catalog::save_events(const std::vector<EventRecord>& events) {
  return pool_->write([&](sql::Connection& db) -> Result<SignalCounts> {
    SignalCounts counts;
    for (const EventRecord& event : events) {
      if (auto saved = save_event(db, event, counts); !saved) return propagate(saved);
    }
    return counts;
  });
}

Result<std::vector<EventRecord>> Catalog::events(const std::string& external_id) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<EventRecord>> {
    std::vector<EventRecord> events;
    sql::Rows rows = sql::query(db, "SELECT kind, product, actor, value, at_ms FROM event WHERE product = ? ORDER BY at_ms, actor", external_id);
    while (rows.next()) events.push_back({rows.text(0), rows.text(1), rows.text(2), rows.real(3), rows.integer(4)});
    if (!rows.ok()) return rows.failure();
    return events;
  });
}

Result<SignalCounts> Catalog::save_features(const std::string& name, const std::vector<FeatureRecord>& features) {
  return pool_->write([&](sql::Connection& db) -> Result<SignalCounts> {
    SignalCounts counts;
    for (const FeatureRecord& feature : features) {
      if (auto saved = save_feature(db, name, feature, counts); !saved) return propagate(saved);
    }
    return counts;
  });
}

Result<std::vector<std::byte>> Catalog::feature(const std::string& name, const std::string& external_id) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::byte>> {
    std::vector<std::byte> data;
    sql::Rows rows =
        sql::query(db, "SELECT f.data FROM product_feature f JOIN product p ON p.id = f.product_id WHERE p.external_id = ? AND f.name = ?", external_id, name);
    if (rows.next()) data.assign(rows.bytes(0).begin(), rows.bytes(0).end());
    if (!rows.ok()) return rows.failure();
    return data;
  });
}

// Without a transaction that writes: what upsert() would do, told by the digests.
Result<std::vector<UpsertKind>> Catalog::preview(const std::vector<ProductRecord>& records, std::vector<Error>& errors) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<UpsertKind>> {
    std::vector<UpsertKind> kinds;
    for (const ProductRecord& record : records) {
      Error& error = errors.emplace_back();
      if (auto valid = validate(record); !valid) {
        error = valid.error();
        kinds.push_back(UpsertKind::kRejected);
        continue;
      }
      sql::Rows rows = sql::query(db, "SELECT digest FROM product WHERE external_id = ?", record.external_id);
      const bool there = rows.next();
      kinds.push_back(!there ? UpsertKind::kCreated : (rows.text_view(0) == digest(record) ? UpsertKind::kUnchanged : UpsertKind::kUpdated));
      if (!rows.ok()) return rows.failure();
    }
    return kinds;
  });
}

Result<ProductId> Catalog::newest_product() {
  return pool_->read([&](sql::Connection& db) -> Result<ProductId> {
    const auto newest = sql::query_integer(db, "SELECT COALESCE(MAX(id), 0) FROM product");
    if (!newest) return propagate(newest);
    return ProductId{newest->value_or(0)};
  });
}

Result<std::vector<ProductKey>> Catalog::product_keys(ProductId after, int limit) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<ProductKey>> {
    std::vector<ProductKey> keys;
    sql::Rows rows = sql::query(db, "SELECT id, external_id FROM product WHERE id > ? ORDER BY id LIMIT ?", after, limit);
    while (rows.next()) keys.push_back({ProductId{rows.integer(0)}, rows.text(1)});
    if (!rows.ok()) return rows.failure();
    return keys;
  });
}

}  // namespace nozama
