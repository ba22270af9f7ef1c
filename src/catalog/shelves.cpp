#include "catalog/shelves.h"

#include <string_view>

#include "catalog/catalog.h"
#include "catalog/internal.h"

namespace nozama {
namespace {

template <typename... Values>
Result<std::vector<ProductId>> select_ids(Catalog& catalog, std::string_view statement, const Values&... values) {
  return catalog.pool().read([&](sql::Connection& db) -> Result<std::vector<ProductId>> {
    std::vector<ProductId> ids;
    sql::Rows rows = sql::query(db, statement, values...);
    while (rows.next()) ids.push_back(ProductId{rows.integer(0)});
    if (!rows.ok()) return rows.failure();
    return ids;
  });
}

}  // namespace

// Imported events are others' history, often years old; the shop's own have a query_id, if an empty one.
Result<std::vector<ProductId>> ShelfStore::trending(int64_t since_ms, int limit) {
  return select_ids(catalog_,
                    "SELECT p.id FROM (SELECT product, SUM(CASE kind WHEN 'order' THEN 5 WHEN 'cart' THEN 3 WHEN 'favourite' THEN 2 ELSE 1 END) AS weight"
                    " FROM event WHERE query_id IS NOT NULL AND at_ms >= ? GROUP BY product) e JOIN product p ON p.external_id = e.product"
                    " WHERE EXISTS (SELECT 1 FROM picture k WHERE k.product_id = p.id) ORDER BY e.weight DESC, p.id LIMIT ?",
                    since_ms, limit);
}

Result<std::vector<ProductId>> ShelfStore::most_reviewed(int limit) {
  return select_ids(catalog_,
                    "SELECT p.id FROM product p WHERE p.rating_count > 0 AND EXISTS (SELECT 1 FROM picture k WHERE k.product_id = p.id)"
                    " ORDER BY p.rating_count DESC, p.id LIMIT ?",
                    limit);
}

Result<std::vector<ProductId>> ShelfStore::newest(int limit) {
  return select_ids(catalog_, "SELECT p.id FROM product p WHERE EXISTS (SELECT 1 FROM picture k WHERE k.product_id = p.id) ORDER BY p.id DESC LIMIT ?", limit);
}

}  // namespace nozama
