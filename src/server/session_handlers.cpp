#include <fmt/format.h>

#include <memory>

#include "base/secret.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/access.h"
#include "server/account_views.h"
#include "server/handlers.h"
#include "server/oidc.h"
#include "server/problem.h"
#include "server/sessions.h"

namespace nozama {
namespace {

constexpr size_t kEmailBytesMax = 300, kPasswordBytesMax = 600, kTokenBytesMax = 200;
constexpr int64_t kMailWaitSeconds = 60;

Response no_store(Response response) {
  response.set_header("Cache-Control", "no-store");
  return response;
}

Response too_many_attempts(int64_t wait_s, const Request& request) {
  Response response = problem_response({ErrorCode::kBusy, "too_many_attempts", fmt::format("too many attempts; try again in {} s", wait_s)}, request.id);
  response.set_header("Retry-After", fmt::format("{}", wait_s));
  return response;
}

}  // namespace

bool Sessions::is_secure(const Request& request) const { return request.over_https || options_.public_url.starts_with("https://"); }

std::string Sessions::cookie(std::string_view token, const Request& request) const { return session_cookie(token, is_secure(request)); }

std::string Sessions::session_view(const Account* account, std::string_view csrf) const {
  return session_json(account, csrf, {.provider = options_.provider != nullptr ? options_.provider->name() : "", .mail = sends_mail()});
}

Result<Sessions::Credentials> Sessions::read(const Request& request, With with) {
  auto params = json_params(request);
  if (!params) return propagate(params);
  const auto email = params->text("email", kEmailBytesMax);
  const auto password = params->text("password", kPasswordBytesMax);
  const auto token = with == With::kToken ? params->text("token", kTokenBytesMax) : std::optional(std::string());
  if (!email || !password || !token) {
    params->refuse(
        {ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("'email', {}'password' must be given", with == With::kToken ? "'token' and " : "and ")});
  }
  if (const Status valid = params->finish(); !valid) return propagate(valid);
  auto normalized = normalized_email(*email);
  if (!normalized) return propagate(normalized);
  return Credentials{.email = std::move(*normalized), .password = *password, .token = *token};
}

Response Sessions::start(const Account& account, const Request& request, int status, std::string audit) {
  const auto token = store_.start_session(account.id);
  if (!token) return problem_response(token.error(), request.id);
  Response response = no_store(json_response(session_view(&account, csrf_token(*token))));
  response.status = status;
  response.headers.emplace_back("Set-Cookie", cookie(*token, request));
  response.audit = std::move(audit);
  return response;
}

Response Sessions::show(const Request& request) {
  const Status no_query = RequestParams::from_query(request.query).finish();
  if (!no_query) return problem_response(no_query.error(), request.id);
  const std::string_view token = session_token(request);
  const auto session = store_.use_session(token);
  if (!session) return problem_response(session.error(), request.id);
  if (!*session) {
    Response response = no_store(json_response(session_view(nullptr, "")));
    if (!token.empty()) response.headers.emplace_back("Set-Cookie", cookie("", request));
    return response;
  }
  return no_store(json_response(session_view(&(*session)->account, csrf_token(token))));
}

Result<Account> Sessions::check(const Credentials& credentials) {
  const auto account = store_.find_account(credentials.email);
  if (!account) return propagate(account);
  if (password_matches(credentials.password, *account ? (*account)->password_hash : "")) return **account;
  return fail(ErrorCode::kInvalidArgument, "wrong_password", "the e-mail address or the password is wrong");
}

Response Sessions::sign_in(const Request& request) {
  const auto credentials = read(request, With::kNoToken);
  if (!credentials) return problem_response(credentials.error(), request.id);
  const std::string address = rate_client(request.client_address);
  const RateVerdict by_address = failures_of_address_.take(address);
  if (!by_address.allowed) return too_many_attempts(by_address.wait_s, request);
  const RateVerdict by_account = failures_of_account_.take(credentials->email);
  if (!by_account.allowed) return too_many_attempts(by_account.wait_s, request);
  const auto account = check(*credentials);
  if (!account) {
    Response response = problem_response(account.error(), request.id);
    response.audit = fmt::format("{} failed: {}", credentials->email, account.error().reason);
    return response;
  }
  failures_of_address_.give_back(address);
  failures_of_account_.give_back(credentials->email);
  if (sends_mail() && !account->verified_ms) {
    if (mails_to_address_.take(credentials->email).allowed) static_cast<void>(sign_up_by_mail(*credentials, account->password_hash, request));
    return problem_response({ErrorCode::kConflict, "email_unverified", "confirm your address first: the link is in the mail that was just sent"}, request.id);
  }
  return start(*account, request, 200, account->email);
}

Response Sessions::sign_out(const Request& request) {
  const Status ended = store_.end_session(session_token(request));
  if (!ended) return problem_response(ended.error(), request.id);
  Response response = {.status = 204};
  response.headers.emplace_back("Set-Cookie", cookie("", request));
  response.audit = request.principal.name;
  return response;
}

Response Sessions::sign_up(const Request& request) {
  const auto credentials = read(request, With::kNoToken);
  if (!credentials) return problem_response(credentials.error(), request.id);
  if (const Status strong = check_password(credentials->password); !strong) return problem_response(strong.error(), request.id);
  const auto hash = hash_password(credentials->password);
  if (!hash) return problem_response(hash.error(), request.id);
  if (sends_mail()) {
    if (!mails_to_address_.take(credentials->email).allowed) return too_many_attempts(kMailWaitSeconds, request);
    return sign_up_by_mail(*credentials, *hash, request);
  }
  const auto account = store_.create_account({.email = credentials->email, .password_hash = *hash});
  if (!account) return problem_response(account.error(), request.id);
  return start(*account, request, 201, account->email);
}

Response Sessions::change_password(const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto current = params->text("current", kPasswordBytesMax), wanted = params->text("new", kPasswordBytesMax);
  if (!current || !wanted) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'current' and 'new' must be given"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  if (const Status strong = check_password(*wanted); !strong) return problem_response(strong.error(), request.id);
  const std::string& email = request.principal.name;
  const RateVerdict attempts = failures_of_account_.take(email);
  if (!attempts.allowed) return too_many_attempts(attempts.wait_s, request);
  if (const auto known = check({.email = email, .password = *current, .token = ""}); !known) return problem_response(known.error(), request.id);
  failures_of_account_.give_back(email);
  const auto hash = hash_password(*wanted);
  if (!hash) return problem_response(hash.error(), request.id);
  const Status set = store_.set_password(request.principal.account, *hash, session_token(request));
  if (!set) return problem_response(set.error(), request.id);
  return {.status = 204, .audit = email};
}

Response Sessions::accept_admin_link(const Request& request) {
  const auto credentials = read(request, With::kToken);
  if (!credentials) return problem_response(credentials.error(), request.id);
  if (const Status strong = check_password(credentials->password); !strong) return problem_response(strong.error(), request.id);
  const auto hash = hash_password(credentials->password);
  if (!hash) return problem_response(hash.error(), request.id);
  const auto account = store_.accept_admin_link(credentials->token, credentials->email, *hash);
  if (!account) return problem_response(account.error(), request.id);
  return start(*account, request, 201, account->email + " is admin now");
}

void add_session_routes(Router& router, Engine& engine, SessionRouteOptions options) {
  // Shared by the routes' handlers.
  const auto sessions = std::make_shared<Sessions>(engine.workspace().catalog(), std::move(options));
  const auto add = [&](std::string method, std::string pattern, Response (Sessions::*handler)(const Request&), Lane (*lane)(const Request&), Scope scope) {
    const bool takes_body = method == "POST";
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [sessions, handler](const Request& request) { return (*sessions.*handler)(request); },
                .lane = lane,
                .scope = scope,
                .body_bytes_max = takes_body ? kJsonBodyMax : 0});
  };
  add("GET", "/api/v1/session", &Sessions::show, on_catalogue_lane, Scope::kPublic);
  add("POST", "/api/v1/session", &Sessions::sign_in, on_sign_in_lane, Scope::kPublic);
  add("DELETE", "/api/v1/session", &Sessions::sign_out, on_catalogue_lane, Scope::kAccount);
  add("POST", "/api/v1/accounts", &Sessions::sign_up, on_sign_in_lane, Scope::kPublic);
  add("POST", "/api/v1/account/password", &Sessions::change_password, on_sign_in_lane, Scope::kAccount);
  add("POST", "/api/v1/password-reset", &Sessions::ask_password_reset, on_sign_in_lane, Scope::kPublic);
  add("POST", "/api/v1/password-reset/confirm", &Sessions::reset_password, on_sign_in_lane, Scope::kPublic);
  add("POST", "/api/v1/email-verification", &Sessions::verify_email, on_sign_in_lane, Scope::kPublic);
  // Wait for the provider, where they hold nobody's search.
  add("GET", "/api/v1/session/oidc/start", &Sessions::start_at_provider, on_sign_in_lane, Scope::kPublic);
  add("GET", "/api/v1/session/oidc/callback", &Sessions::return_from_provider, on_sign_in_lane, Scope::kPublic);
  add("POST", "/api/v1/admin-link", &Sessions::accept_admin_link, on_sign_in_lane, Scope::kPublic);
}

}  // namespace nozama
