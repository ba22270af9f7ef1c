#include "catalog/audit.h"

#include "catalog/catalog.h"
#include "catalog/sql.h"

namespace nozama {

AuditLog::AuditLog(Catalog& catalog) : pool_(catalog.pool()) {}

Status AuditLog::add(const AuditEntry& entry) {
  return pool_.write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    return sql::execute(db, "INSERT INTO audit_log (at_ms, who, action, subject, detail, address) VALUES (?, ?, ?, ?, ?, ?)", *now, entry.who, entry.action,
                        entry.subject, entry.detail, entry.from);
  });
}

Result<std::vector<AuditEntry>> AuditLog::entries(int64_t before, int limit) {
  return pool_.read([&](sql::Connection& db) -> Result<std::vector<AuditEntry>> {
    std::vector<AuditEntry> entries;
    sql::Rows rows =
        sql::query(db, "SELECT id, at_ms, who, action, subject, detail, address FROM audit_log WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit);
    while (rows.next()) {
      entries.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)});
    }
    if (!rows.ok()) return rows.failure();
    return entries;
  });
}

}  // namespace nozama
