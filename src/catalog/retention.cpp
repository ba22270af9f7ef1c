#include "catalog/retention.h"

#include <algorithm>

#include "catalog/sql.h"

namespace nozama {
namespace {

constexpr int64_t kAtOnce = 1000;

struct Rule {
  std::string_view table;
  std::string_view count, remove;
};

const Rule& rule_of(Forgettable what) {
  static constexpr Rule kEvents = {"event", "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE at_ms < ? LIMIT ?) AS old",
                                   "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE at_ms < ? ORDER BY at_ms LIMIT ?)"};
  static constexpr Rule kQueries = {"query_log", "SELECT COUNT(*) FROM (SELECT 1 FROM query_log WHERE at_ms < ? LIMIT ?) AS old",
                                    "DELETE FROM query_log WHERE id IN (SELECT id FROM query_log WHERE at_ms < ? ORDER BY at_ms LIMIT ?)"};
  return what == Forgettable::kEvents ? kEvents : kQueries;
}

}  // namespace

Result<int64_t> forget_before(Catalog& catalog, Forgettable what, int64_t before_ms) {
  const Rule& rule = rule_of(what);
  const auto tables = catalog.pool().read([](sql::Connection& db) { return db.table_names(); });
  if (!tables) return propagate(tables);
  if (std::ranges::find(*tables, rule.table) == tables->end()) return 0;
  int64_t forgotten = 0;
  for (int64_t step = kAtOnce; step == kAtOnce; forgotten += step) {
    const auto removed = catalog.pool().write([&](sql::Connection& db) -> Result<int64_t> {
      const auto old = sql::query_integer(db, rule.count, before_ms, kAtOnce);
      if (!old) return propagate(old);
      if (const Status done = sql::execute(db, rule.remove, before_ms, kAtOnce); !done) return propagate(done);
      return old->value_or(0);
    });
    if (!removed) return propagate(removed);
    step = *removed;
  }
  return forgotten;
}

}  // namespace nozama
