#include "catalog/account_data.h"

#include "catalog/accounts.h"
#include "catalog/catalog.h"
#include "catalog/favourites.h"
#include "catalog/orders.h"
#include "catalog/sql.h"

namespace nozama {

namespace {

constexpr int kAuditMax = 10'000;

Status refuse_last_admin(sql::Connection& db, AccountId account) {
  const auto admin = sql::query_integer(db, "SELECT 1 FROM account WHERE id = ? AND role = ?", account, role_name(Role::kAdmin));
  if (!admin) return propagate(admin);
  if (!*admin) return {};
  const auto other = sql::query_integer(db, "SELECT id FROM account WHERE role = ? AND id <> ? LIMIT 1", role_name(Role::kAdmin), account);
  if (!other) return propagate(other);
  if (*other) return {};
  return fail(ErrorCode::kConflict, "last_admin", "this is the last admin; make another account an admin first");
}

Status forget(sql::Connection& db, AccountId account) {
  if (auto forgotten = forget_orders(db, account); !forgotten) return forgotten;
  for (const std::string_view statement : {"DELETE FROM favourite WHERE account_id = ?", "DELETE FROM account_link WHERE account_id = ?",
                                           "DELETE FROM account_session WHERE account_id = ?", "DELETE FROM account WHERE id = ?"}) {
    if (auto removed = sql::execute(db, statement, account); !removed) return removed;
  }
  return {};
}

}  // namespace

Result<std::vector<AuditEntry>> audit_of(Catalog& catalog, const std::string& email) {
  return catalog.pool().read([&](sql::Connection& db) -> Result<std::vector<AuditEntry>> {
    std::vector<AuditEntry> entries;
    sql::Rows rows =
        sql::query(db, "SELECT id, at_ms, who, action, subject, detail, address FROM audit_log WHERE who = ? ORDER BY id LIMIT ?", email, kAuditMax);
    while (rows.next()) {
      entries.push_back({rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6)});
    }
    if (!rows.ok()) return rows.failure();
    return entries;
  });
}

Status forget_account(Catalog& catalog, AccountId account) {
  return catalog.pool().write([&](sql::Connection& db) -> Status {
    if (auto allowed = refuse_last_admin(db, account); !allowed) return allowed;
    return forget(db, account);
  });
}

Result<int64_t> forget_idle_accounts(Catalog& catalog, int64_t before_ms, int64_t now_ms) {
  constexpr int64_t kAtOnce = 50;
  int64_t forgotten = 0;
  for (int64_t step = kAtOnce; step == kAtOnce; forgotten += step) {
    const auto removed = catalog.pool().write([&](sql::Connection& db) -> Result<int64_t> {
      std::vector<AccountId> idle;
      sql::Rows rows = sql::query(db,
                                  "SELECT id FROM account WHERE role = ? AND COALESCE(last_sign_in_ms, created_ms) < ? AND NOT EXISTS "
                                  "(SELECT 1 FROM account_session WHERE account_id = account.id AND expires_ms > ?) ORDER BY id LIMIT ?",
                                  role_name(Role::kShopper), before_ms, now_ms, kAtOnce);
      while (rows.next()) idle.push_back(AccountId{rows.integer(0)});
      if (!rows.ok()) return rows.failure();
      for (const AccountId account : idle) {
        if (auto gone = forget(db, account); !gone) return propagate(gone);
      }
      return std::ssize(idle);
    });
    if (!removed) return propagate(removed);
    step = *removed;
  }
  return forgotten;
}

}  // namespace nozama
