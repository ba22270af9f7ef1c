#include "catalog/retention.h"

#include "catalog/sql.h"

namespace nozama {

Result<int64_t> forget_events_before(Catalog& catalog, int64_t before_ms) {
  constexpr int64_t kAtOnce = 1000;
  int64_t forgotten = 0;
  for (int64_t step = kAtOnce; step == kAtOnce; forgotten += step) {
    const auto removed = catalog.pool().write([&](sql::Connection& db) -> Result<int64_t> {
      const auto old = sql::query_integer(db, "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE at_ms < ? LIMIT ?) AS old", before_ms, kAtOnce);
      if (!old) return propagate(old);
      const Status done = sql::execute(db, "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at_ms < ? ORDER BY at_ms LIMIT ?)", before_ms, kAtOnce);
      if (!done) return propagate(done);
      return old->value_or(0);
    });
    if (!removed) return propagate(removed);
    step = *removed;
  }
  return forgotten;
}

}  // namespace nozama
