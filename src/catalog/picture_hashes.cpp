#include "catalog/picture_hashes.h"

#include "catalog/sql.h"

namespace nozama {

Result<std::vector<std::string>> picture_hashes(Catalog& catalog, const std::string& after, int limit) {
  return catalog.pool().read([&](sql::Connection& db) -> Result<std::vector<std::string>> {
    std::vector<std::string> hashes;
    sql::Rows rows = sql::query(db, "SELECT hash FROM content WHERE hash > ? ORDER BY hash LIMIT ?", after, limit);
    while (rows.next()) hashes.push_back(rows.text(0));
    if (!rows.ok()) return rows.failure();
    return hashes;
  });
}

Status for_each_picture_hash(Catalog& catalog, const std::function<Status(const std::string&)>& callback) {
  constexpr int kAtOnce = 1000;
  std::string after;
  while (true) {
    const auto hashes = picture_hashes(catalog, after, kAtOnce);
    if (!hashes) return propagate(hashes);
    for (const std::string& hash : *hashes) {
      if (const Status done = callback(hash); !done) return done;
    }
    if (hashes->size() < kAtOnce) return {};
    after = hashes->back();
  }
}

}  // namespace nozama
