// Signing in at another provider. People are at work here, not programs: what fails brings them back to the shop with a word on why.
#include <fmt/format.h>

#include "base/log.h"
#include "base/secret.h"
#include "server/access.h"
#include "server/oidc.h"
#include "server/problem.h"
#include "server/sessions.h"

namespace nozama {
namespace {

constexpr std::string_view kFlowCookie = "nozama_oidc";
constexpr int kFlowSeconds = 600;
constexpr size_t kReturnBytesMax = 500, kStateBytesMax = 200, kCodeBytesMax = 4096, kTextBytesMax = 4096;

std::string flow_cookie(std::string_view value, bool secure) {
  return fmt::format("{}={}; Path=/api/v1/session/oidc; Max-Age={}; HttpOnly; SameSite=Lax{}", kFlowCookie, value, value.empty() ? 0 : kFlowSeconds,
                     secure ? "; Secure" : "");
}

Response redirect(const std::string& location) {
  Response response = {.status = 303};
  response.set_header("Location", location);
  response.set_header("Cache-Control", "no-store");
  return response;
}

}  // namespace

Response Sessions::back_to_shop(const std::string& path, std::string_view problem, const Request& request) const {
  Response response = redirect(problem.empty() ? path : fmt::format("{}{}sign_in_problem={}", path, path.find('?') == std::string::npos ? "?" : "&", problem));
  response.headers.emplace_back("Set-Cookie", flow_cookie("", is_secure(request)));
  return response;
}

Response Sessions::start_at_provider(const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string return_to = params.text("return_to", kReturnBytesMax).value_or("/");
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  if (options_.provider == nullptr) return problem_response({ErrorCode::kNotFound, "not_found", "this shop has no other place to sign in at"}, request.id);
  const OidcFlow flow = OidcProvider::new_flow(return_to);
  const auto url = options_.provider->authorisation_url(flow);
  if (!url) {
    log_warning("sign_in_failed", {{"request_id", request.id}, {"code", url.error().reason}, {"detail", url.error().message}});
    return back_to_shop(flow.return_to, url.error().reason, request);
  }
  Response response = redirect(*url);
  response.headers.emplace_back("Set-Cookie", flow_cookie(flow.cookie_value(), is_secure(request)));
  return response;
}

Response Sessions::return_from_provider(const Request& request) {
  if (options_.provider == nullptr) return problem_response({ErrorCode::kNotFound, "not_found", "this shop has no other place to sign in at"}, request.id);
  RequestParams params = RequestParams::from_query(request.query);
  const std::string state = params.text("state", kStateBytesMax).value_or(""), code = params.text("code", kCodeBytesMax).value_or("");
  const std::string refusal = params.text("error", kTextBytesMax).value_or("");
  // Providers may add what they like: nothing else is looked at.
  const OidcFlow flow = OidcFlow::from_cookie_value(cookie_value(request, kFlowCookie));
  if (flow.state.empty() || !equal_secrets(state, flow.state)) return back_to_shop("/", "sign_in_expired", request);
  if (!refusal.empty() || code.empty()) return back_to_shop(flow.return_to, "sign_in_refused", request);
  const auto claims = options_.provider->claims_of(flow, code);
  if (!claims) {
    log_warning("sign_in_failed", {{"request_id", request.id}, {"code", claims.error().reason}, {"detail", claims.error().message}});
    return back_to_shop(flow.return_to, claims.error().reason, request);
  }
  const auto email = normalized_email(claims->email);
  if (!email || !claims->email_verified) return back_to_shop(flow.return_to, "email_unverified", request);
  const auto account = store_.account_of_verified_email(*email);
  if (!account) return problem_response(account.error(), request.id);
  const auto token = store_.start_session(account->id);
  if (!token) return problem_response(token.error(), request.id);
  Response response = back_to_shop(flow.return_to, "", request);
  response.headers.emplace_back("Set-Cookie", cookie(*token, request));
  response.audit = fmt::format("{} by {}", account->email, options_.provider->name());
  return response;
}

}  // namespace nozama
