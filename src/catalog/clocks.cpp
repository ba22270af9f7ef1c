#include "catalog/clocks.h"

#include "catalog/sql.h"

namespace nozama {

Result<CatalogClocks> read_clocks(Catalog& catalog) {
  return catalog.pool().read([](sql::Connection& db) -> Result<CatalogClocks> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const auto newest = sql::query_integer(db, "SELECT COALESCE(MAX(updated_ms), 0) FROM product");
    if (!newest) return propagate(newest);
    return CatalogClocks{*now, newest->value_or(0)};
  });
}

}  // namespace nozama
