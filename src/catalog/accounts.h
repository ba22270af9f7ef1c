// Accounts, their sessions and one-time links, and API keys. Secrets are stored as hashes: whoever reads the database cannot use them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/roles.h"

namespace nozama {

class Catalog;

namespace sql {
class Pool;
}

struct ApiKey {
  ApiKeyId id;
  std::string name;
  ScopeSet scopes;
  std::vector<std::string> origins;  // of a publishable key: the sites whose pages may use it, "https://shop.example"
  int64_t created_ms = 0;
  std::optional<int64_t> expires_ms, revoked_ms, last_used_ms;
};

struct KeyRequest {
  std::string name;
  ScopeSet scopes;
  std::optional<int64_t> expires_ms;
  std::vector<std::string> origins;  // makes it a publishable key, for searching only
};

struct NewApiKey {
  ApiKey key;
  std::string secret;  // "nzk_…", a publishable one's "nzp_…": stored nowhere, told once
};

struct Account {
  AccountId id;
  std::string email;  // as normalized_email() gives it
  Role role = Role::kShopper;
  int64_t created_ms = 0;
  std::optional<int64_t> verified_ms;  // when it was known that the address is theirs
  std::optional<int64_t> last_sign_in_ms;
  std::string password_hash;  // empty = signs in elsewhere only
};

struct NewAccount {
  std::string email;
  std::string password_hash;
  bool verified = false;
};

struct AccountSession {
  Account account;
  int64_t expires_ms = 0;
};

// The one-time links that are sent or printed.
enum class LinkKind { kAdmin, kVerifyEmail, kResetPassword };

// Trimmed and in lower case. kInvalidArgument "bad_email" for what is no address.
Result<std::string> normalized_email(std::string_view text);
// kInvalidArgument "bad_password" for one that is too short or too long.
Status check_password(std::string_view password);

// Thread-safe, beside the catalogue's own calls and in its database; errors as Catalog's.
class AccountStore {
 public:
  explicit AccountStore(Catalog& catalog);

  // API keys (api_keys.cpp).
  // kInvalidArgument "bad_key": no name, no scope, an expiry that is over, or an origin that is none.
  Result<NewApiKey> create_key(const KeyRequest& request);
  // Nothing for what is unknown, revoked or expired. Notes the use, at most once in a few minutes.
  Result<std::optional<ApiKey>> use_key(std::string_view secret);
  Result<std::vector<ApiKey>> keys();  // newest first, the revoked ones too
  Status revoke_key(ApiKeyId id);      // kNotFound "unknown_key"

  // Accounts (accounts.cpp). Addresses come through normalized_email().
  Result<Account> create_account(const NewAccount& account);  // a shopper; kConflict "account_exists"
  Result<std::optional<Account>> find_account(const std::string& email);
  Result<bool> has_admin();
  // Newest first, those with an id below `before`, and with `text` in their address.
  Result<std::vector<Account>> accounts(int64_t before, int limit, std::string_view text = "");
  // Of somebody whose address another party vouches for: made if there is none. A password that was set before anybody showed that the address is theirs is
  // void.
  Result<Account> account_of_verified_email(const std::string& email);
  // kNotFound "unknown_account"; kConflict "last_admin": the last one cannot step down.
  Result<Account> set_role(AccountId id, Role role);
  // Ends every session but the one of `kept_token`, and makes links that were sent worthless.
  Status set_password(AccountId id, const std::string& password_hash, std::string_view kept_token);

  // Sessions (sessions.cpp). They end after 30 days without use, and 180 days after sign-in.
  Result<std::string> start_session(AccountId id);  // the token, "nzs_…"
  Result<std::optional<AccountSession>> use_session(std::string_view token);
  Status end_session(std::string_view token);

  // One-time links (account_links.cpp). Each gives a token that works once, until it expires; a new one replaces those of the same kind and account.
  Result<std::string> create_link(LinkKind kind, AccountId account = {});
  Result<bool> has_link(LinkKind kind);  // one that still works
  // kInvalidArgument "bad_link" when it is unknown, used or expired. The account of that address becomes an admin with that password; it is made if it does not
  // exist.
  Result<Account> accept_admin_link(std::string_view token, const std::string& email, const std::string& password_hash);
  Result<Account> verify_email(std::string_view token);
  // Who has the link reads the address' mail: it is verified. Ends every session.
  Result<Account> reset_password(std::string_view token, const std::string& password_hash);

 private:
  sql::Pool& pool_;
};

}  // namespace nozama
