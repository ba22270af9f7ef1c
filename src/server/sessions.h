// What people do with their own account. Each kind of way in has its own file: session_handlers.cpp (passwords), session_links.cpp (links by mail),
// session_oidc.cpp (another provider).
#pragma once

#include <string>
#include <string_view>

#include "catalog/accounts.h"
#include "server/handlers.h"
#include "server/http.h"
#include "server/rate_limit.h"

namespace nozama {

// The routes' handlers and what they share. Thread-safe.
class Sessions {
 public:
  Sessions(Catalog& catalog, SessionRouteOptions options) : store_(catalog), options_(std::move(options)) {}

  Response show(const Request& request);
  Response sign_in(const Request& request);
  Response sign_out(const Request& request);
  Response sign_up(const Request& request);
  Response change_password(const Request& request);
  Response accept_admin_link(const Request& request);

  Response ask_password_reset(const Request& request);
  Response reset_password(const Request& request);
  Response verify_email(const Request& request);

  Response start_at_provider(const Request& request);
  Response return_from_provider(const Request& request);

 private:
  struct Credentials {
    std::string email, password, token;
  };
  enum class With { kNoToken, kToken };
  static Result<Credentials> read(const Request& request, With with);
  Result<Account> check(const Credentials& credentials);
  // Starts a session and answers with it.
  Response start(const Account& account, const Request& request, int status, std::string audit);
  std::string session_view(const Account* account, std::string_view csrf_token) const;
  std::string cookie(std::string_view token, const Request& request) const;
  bool is_secure(const Request& request) const;

  bool sends_mail() const;
  // 202 whatever the address has: the mail tells its owner.
  Response sign_up_by_mail(const Credentials& credentials, const std::string& password_hash, const Request& request);
  Response back_to_shop(const std::string& path, std::string_view problem, const Request& request) const;

  AccountStore store_;
  const SessionRouteOptions options_;
  static constexpr int64_t kFailuresPerMinute = 5, kMailsPerMinute = 3;
  // Of failures, so that passwords cannot be tried: by account from anywhere, and by address for any account.
  RateLimiter failures_of_account_{kFailuresPerMinute}, failures_of_address_{4 * kFailuresPerMinute};
  RateLimiter mails_to_address_{kMailsPerMinute};
};

}  // namespace nozama
