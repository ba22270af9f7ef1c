#include "catalog/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "catalog/account_rows.h"
#include "catalog/catalog.h"
#include "catalog/sql_lists.h"

namespace nozama {
namespace {

constexpr size_t kEmailBytesMax = 254, kLocalPartBytesMax = 64;  // RFC 5321
constexpr size_t kPasswordBytesMin = 10, kPasswordBytesMax = 512;

// Quoted local parts and address literals are legal and nobody has them.
bool is_email_character(char c) { return c > ' ' && c <= '~' && std::string_view("\"(),:;<>[\\]@").find(c) == std::string_view::npos; }

bool is_email(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || text.size() > kEmailBytesMax) return false;
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  return !local.empty() && local.size() <= kLocalPartBytesMax && std::ranges::all_of(local, is_email_character) &&
         std::ranges::all_of(domain, is_email_character) && domain.find('.') != std::string_view::npos && domain.find("..") == std::string_view::npos &&
         domain.front() != '.' && domain.back() != '.';
}

Result<std::optional<Account>> first_account(sql::Rows rows) {
  std::optional<Account> account;
  if (rows.next()) account = read_account(rows);
  if (!rows.ok()) return rows.failure();
  return account;
}

}  // namespace

Result<std::string> normalized_email(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!is_email(text)) return fail(ErrorCode::kInvalidArgument, "bad_email", "this is not an e-mail address; it must be such as ana@mail.example");
  std::string email(text);
  for (char& c : email) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return email;
}

Status check_password(std::string_view password) {
  if (password.size() >= kPasswordBytesMin && password.size() <= kPasswordBytesMax) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_password",
              fmt::format("a password must have {} to {} bytes; four words in a row are a good one", kPasswordBytesMin, kPasswordBytesMax));
}

Account read_account(const sql::Rows& rows) {
  return {.id = {rows.integer(0)},
          .email = rows.text(1),
          .role = role_from_name(rows.text_view(2)).value_or(Role::kShopper),
          .created_ms = rows.integer(3),
          .verified_ms = rows.optional_integer(4),
          .last_sign_in_ms = rows.optional_integer(5),
          .password_hash = rows.text(6)};
}

Result<std::optional<Account>> select_account(sql::Connection& db, AccountId id) {
  return first_account(sql::query(db, fmt::format("SELECT {} FROM account WHERE id = ?", kAccountColumns), id));
}

Result<std::optional<Account>> select_account(sql::Connection& db, const std::string& email) {
  return first_account(sql::query(db, fmt::format("SELECT {} FROM account WHERE email = ?", kAccountColumns), email));
}

Status store_password(sql::Connection& db, AccountId id, const std::string& password_hash, std::string_view kept_token) {
  if (auto set = sql::execute(db, "UPDATE account SET password_hash = ? WHERE id = ?", password_hash, id); !set) return set;
  if (auto ended = sql::execute(db, "DELETE FROM account_session WHERE account_id = ? AND token_hash <> ?", id, secret_hash(kept_token)); !ended) return ended;
  return sql::execute(db, "DELETE FROM account_link WHERE account_id = ?", id);
}

Result<Account> insert_account(sql::Connection& db, const NewAccount& account, Role role) {
  const auto now = db.clock_ms();
  if (!now) return propagate(now);
  Account made{.email = account.email, .role = role, .created_ms = *now, .password_hash = account.password_hash};
  if (account.verified) made.verified_ms = *now;
  const auto id = sql::query_integer(db, "INSERT INTO account (email, role, created_ms, verified_ms, password_hash) VALUES (?, ?, ?, ?, ?) RETURNING id",
                                     made.email, role_name(role), made.created_ms, made.verified_ms, made.password_hash);
  if (!id) return propagate(id);
  made.id = {id->value_or(0)};
  return made;
}

AccountStore::AccountStore(Catalog& catalog) : pool_(catalog.pool()) {}

Result<Account> AccountStore::create_account(const NewAccount& account) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    const auto existing = select_account(db, account.email);
    if (!existing) return propagate(existing);
    if (*existing) return fail(ErrorCode::kConflict, "account_exists", "there is an account of this address already; sign in instead");
    return insert_account(db, account, Role::kShopper);
  });
}

Result<std::optional<Account>> AccountStore::find_account(const std::string& email) {
  return pool_.read([&](sql::Connection& db) { return select_account(db, email); });
}

Result<bool> AccountStore::has_admin() {
  return pool_.read([](sql::Connection& db) -> Result<bool> {
    const auto found = sql::query_integer(db, "SELECT id FROM account WHERE role = ? LIMIT 1", role_name(Role::kAdmin));
    if (!found) return propagate(found);
    return found->has_value();
  });
}

Result<std::vector<Account>> AccountStore::accounts(int64_t before, int limit, std::string_view text) {
  const std::string pattern = sql::containing(text);
  return pool_.read([&](sql::Connection& db) -> Result<std::vector<Account>> {
    std::vector<Account> accounts;
    sql::Rows rows = sql::query(
        db, fmt::format("SELECT {} FROM account WHERE id < ? AND email LIKE LOWER(CAST(? AS TEXT)) ESCAPE '!' ORDER BY id DESC LIMIT ?", kAccountColumns),
        before, pattern, limit);
    while (rows.next()) accounts.push_back(read_account(rows));
    if (!rows.ok()) return rows.failure();
    return accounts;
  });
}

Result<Account> AccountStore::set_role(AccountId id, Role role) {
  return pool_.write([&](sql::Connection& db) -> Result<Account> {
    auto account = select_account(db, id);
    if (!account) return propagate(account);
    if (!*account) return fail(ErrorCode::kNotFound, "unknown_account", fmt::format("there is no account {}", id.value));
    if ((*account)->role == Role::kAdmin && role != Role::kAdmin) {
      const auto other = sql::query_integer(db, "SELECT id FROM account WHERE role = ? AND id <> ? LIMIT 1", role_name(Role::kAdmin), id);
      if (!other) return propagate(other);
      if (!*other) return fail(ErrorCode::kConflict, "last_admin", "this is the last admin; make another account an admin first");
    }
    if (auto set = sql::execute(db, "UPDATE account SET role = ? WHERE id = ?", role_name(role), id); !set) return propagate(set);
    (*account)->role = role;
    return **account;
  });
}

Status AccountStore::set_password(AccountId id, const std::string& password_hash, std::string_view kept_token) {
  return pool_.write([&](sql::Connection& db) { return store_password(db, id, password_hash, kept_token); });
}

}  // namespace nozama
