#include <array>

#include "base/secret.h"
#include "catalog/account_rows.h"
#include "catalog/accounts.h"
#include "catalog/sql.h"

namespace nozama {
namespace {

constexpr int64_t kHourMs = 3'600'000;
struct LinkRule {
  std::string_view name;
  int64_t valid_ms;
};
constexpr std::array kRules = {LinkRule{"admin", 24 * kHourMs}, LinkRule{"verify_email", 24 * kHourMs}, LinkRule{"reset_password", kHourMs}};
const LinkRule& rule_of(LinkKind kind) { return kRules[static_cast<size_t>(kind)]; }

// The link's account (0 for an admin's), and the link is gone.
Result<AccountId> redeem(sql::Connection& db, LinkKind kind, std::string_view token) {
  const auto now = db.clock_ms();
  if (!now) return propagate(now);
  const auto account = sql::query_integer(db, "DELETE FROM account_link WHERE token_hash = ? AND kind = ? AND expires_ms > ? RETURNING account_id",
                                          secret_hash(token), rule_of(kind).name, *now);
  if (!account) return propagate(account);
  if (!*account) return fail(ErrorCode::kInvalidArgument, "bad_link", "this link is unknown, used or expired; ask for a new one");
  return AccountId{**account};
}

Result<Account> verified_account(sql::Connection& db, AccountId id) {
  const auto now = db.clock_ms();
  if (!now) return propagate(now);
  if (auto set = sql::execute(db, "UPDATE account SET verified_ms = COALESCE(verified_ms, ?) WHERE id = ?", *now, id); !set) return propagate(set);
  auto account = select_account(db, id);
  if (!account) return propagate(account);
  if (!*account) return fail(ErrorCode::kInvalidArgument, "bad_link", "the account of this link is gone");
  return **account;
}

}  // namespace

Result<std::string> AccountStore::create_link(LinkKind kind, AccountId account) {
  const std::string token = random_secret("nzl_");
  const Status stored = pool_.write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const LinkRule& rule = rule_of(kind);
    const Status replaced = sql::execute(db, "DELETE FROM account_link WHERE (kind = ? AND account_id = ?) OR expires_ms <= ?", rule.name, account, *now);
    if (!replaced) return replaced;
    return sql::execute(db, "INSERT INTO account_link (token_hash, kind, account_id, expires_ms) VALUES (?, ?, ?, ?)", secret_hash(token), rule.name, account,
                        *now + rule.valid_ms);
  });
  if (!stored) return propagate(stored);
  return token;
}

Result<bool> AccountStore::has_link(LinkKind kind) {
  return pool_.read([&](sql::Connection& db) -> Result<bool> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const auto found = sql::query_integer(db, "SELECT 1 FROM account_link WHERE kind = ? AND expires_ms > ? LIMIT 1", rule_of(kind).name, *now);
    if (!found) return propagate(found);
    return found->has_value();
  });
}

Result<Account> AccountStore::accept_admin_link(std::string_view token, const std::string& email, const std::string& password_hash) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    if (const auto redeemed = redeem(db, LinkKind::kAdmin, token); !redeemed) return propagate(redeemed);
    auto account = select_account(db, email);
    if (!account) return propagate(account);
    if (!*account) return insert_account(db, {.email = email, .password_hash = password_hash, .verified = true}, Role::kAdmin);
    const AccountId id = (*account)->id;
    if (auto promoted = sql::execute(db, "UPDATE account SET role = ? WHERE id = ?", role_name(Role::kAdmin), id); !promoted) return propagate(promoted);
    if (auto set = store_password(db, id, password_hash, ""); !set) return propagate(set);
    return verified_account(db, id);
  });
}

Result<Account> AccountStore::account_of_verified_email(const std::string& email) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    const auto account = select_account(db, email);
    if (!account) return propagate(account);
    if (!*account) return insert_account(db, {.email = email, .password_hash = "", .verified = true}, Role::kShopper);
    if ((*account)->verified_ms) return **account;
    if (auto voided = store_password(db, (*account)->id, "", ""); !voided) return propagate(voided);
    return verified_account(db, (*account)->id);
  });
}

Result<Account> AccountStore::verify_email(std::string_view token) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    const auto id = redeem(db, LinkKind::kVerifyEmail, token);
    if (!id) return propagate(id);
    return verified_account(db, *id);
  });
}

Result<Account> AccountStore::reset_password(std::string_view token, const std::string& password_hash) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    const auto id = redeem(db, LinkKind::kResetPassword, token);
    if (!id) return propagate(id);
    if (auto set = store_password(db, *id, password_hash, ""); !set) return propagate(set);
    return verified_account(db, *id);
  });
}

}  // namespace nozama
