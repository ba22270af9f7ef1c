#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "catalog/account_rows.h"
#include "catalog/accounts.h"
#include "catalog/sql.h"

namespace nozama {
namespace {

constexpr std::string_view kTokenPrefix = "nzs_";
constexpr size_t kTokenSizeMax = 200;
constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kIdleMs = 30 * kDayMs, kLongestMs = 180 * kDayMs;

}  // namespace

Result<std::string> AccountStore::start_session(AccountId id) {
  const std::string token = random_secret(kTokenPrefix);
  const Status stored = pool_.write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    // Where the ended ones of everybody leave the table too.
    if (auto swept = sql::execute(db, "DELETE FROM account_session WHERE expires_ms <= ?", *now); !swept) return swept;
    if (auto noted = sql::execute(db, "UPDATE account SET last_sign_in_ms = ? WHERE id = ?", *now, id); !noted) return noted;
    return sql::execute(db, "INSERT INTO account_session (token_hash, account_id, created_ms, expires_ms) VALUES (?, ?, ?, ?)", secret_hash(token), id, *now,
                        *now + kIdleMs);
  });
  if (!stored) return propagate(stored);
  return token;
}

Result<std::optional<AccountSession>> AccountStore::use_session(std::string_view token) {
  if (!token.starts_with(kTokenPrefix) || token.size() > kTokenSizeMax) return std::nullopt;
  const std::string hash = secret_hash(token);
  int64_t now_ms = 0, created_ms = 0;
  auto found = pool_.read([&](sql::Connection& db) -> Result<std::optional<AccountSession>> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    now_ms = *now;
    sql::Rows rows = sql::query(db,
                                fmt::format("SELECT {}, account_session.created_ms, account_session.expires_ms FROM account_session JOIN account ON "
                                            "account.id = account_session.account_id WHERE token_hash = ? AND expires_ms > ?",
                                            kAccountColumns),
                                hash, now_ms);
    std::optional<AccountSession> session;
    if (rows.next()) {
      created_ms = rows.integer(kAccountColumnCount);
      session = AccountSession{read_account(rows), rows.integer(kAccountColumnCount + 1)};
    }
    if (!rows.ok()) return rows.failure();
    return session;
  });
  if (!found || !*found) return found;
  // Renewed by use, but written at most once a day.
  const int64_t renewed_ms = std::min(now_ms + kIdleMs, created_ms + kLongestMs);
  if (renewed_ms - (*found)->expires_ms < kDayMs) return found;
  const Status renewed =
      pool_.write([&](sql::Connection& db) { return sql::execute(db, "UPDATE account_session SET expires_ms = ? WHERE token_hash = ?", renewed_ms, hash); });
  if (!renewed) return propagate(renewed);
  (*found)->expires_ms = renewed_ms;
  return found;
}

Status AccountStore::end_session(std::string_view token) {
  return pool_.write([&](sql::Connection& db) { return sql::execute(db, "DELETE FROM account_session WHERE token_hash = ?", secret_hash(token)); });
}

}  // namespace nozama
