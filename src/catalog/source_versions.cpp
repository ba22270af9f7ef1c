#include "catalog/source_versions.h"

#include <unordered_map>

#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/sql_lists.h"

namespace nozama {

Result<std::vector<std::optional<SourceVersion>>> Catalog::source_versions(const std::vector<std::string>& source_refs) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::optional<SourceVersion>>> {
    std::unordered_map<std::string, SourceVersion> versions;
    const auto read = sql::for_each_listed(db, "SELECT source_ref, content_hash, etag, last_modified FROM source_version WHERE source_ref IN ({})", source_refs,
                                           [&](const sql::Rows& rows) { versions[rows.text(0)] = {rows.text(0), rows.text(1), rows.text(2), rows.text(3)}; });
    if (!read) return propagate(read);
    std::vector<std::optional<SourceVersion>> found;
    for (const std::string& ref : source_refs) {
      const auto version = versions.find(ref);
      found.push_back(version == versions.end() ? std::nullopt : std::optional(version->second));
    }
    return found;
  });
}

Status Catalog::save_source_versions(const std::vector<SourceVersion>& versions) {
  return pool_->write([&](sql::Connection& db) -> Status {
    for (const SourceVersion& version : versions) {
      const Status saved = sql::execute(db,
                                        "INSERT INTO source_version (source_ref, content_hash, etag, last_modified) VALUES (?, ?, ?, ?)"
                                        " ON CONFLICT (source_ref) DO UPDATE SET content_hash = excluded.content_hash, etag = excluded.etag,"
                                        " last_modified = excluded.last_modified",
                                        version.source_ref, version.content_hash, version.etag, version.last_modified);
      if (!saved) return saved;
    }
    return {};
  });
}

Status remove_source_versions(sql::Connection& db, ProductId product) {
  return sql::execute(db,
                      "DELETE FROM source_version WHERE source_ref IN (SELECT source_ref FROM picture WHERE product_id = ?)"
                      " AND NOT EXISTS (SELECT 1 FROM picture o WHERE o.source_ref = source_version.source_ref AND o.product_id <> ?)",
                      product, product);
}

}  // namespace nozama
