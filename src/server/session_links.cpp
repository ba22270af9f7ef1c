// Links by mail: that an address is theirs, and a new password. No answer tells whether an address has an account.
#include <fmt/format.h>

#include "base/secret.h"
#include "engine/mailer.h"
#include "server/account_views.h"
#include "server/mail_texts.h"
#include "server/problem.h"
#include "server/sessions.h"

namespace nozama {
namespace {

constexpr size_t kEmailBytesMax = 300, kPasswordBytesMax = 600, kTokenBytesMax = 200;

// Tokens stand behind the #, which browsers send to nobody: no log has them.
Mail mail_to(const std::string& email, std::string_view subject, std::string_view text, const std::string& site, const std::string& token = "") {
  return {.to = email, .subject = std::string(subject), .text = fmt::format(fmt::runtime(text), site, token)};
}

using MaybeMail = Result<std::optional<Mail>>;

}  // namespace

bool Sessions::sends_mail() const { return options_.mailer != nullptr && options_.mailer->configured(); }

Response Sessions::sign_up_by_mail(const Credentials& credentials, const std::string& password_hash, const Request& request) {
  const MailTexts& texts = mail_texts(request.header("accept-language"));
  const Status queued =
      options_.mailer->queue([store = store_, site = options_.public_url, email = credentials.email, password_hash, &texts]() mutable -> MaybeMail {
        auto account = store.find_account(email);
        if (!account) return propagate(account);
        if (*account && (*account)->verified_ms) return mail_to(email, texts.known_subject, texts.known_text, site);
        if (*account) {
          // Nobody has shown yet that the address is theirs: the last who tries may be its owner.
          if (auto set = store.set_password((*account)->id, password_hash, ""); !set) return propagate(set);
        } else {
          auto made = store.create_account({.email = email, .password_hash = password_hash});
          if (!made) return propagate(made);
          *account = std::move(*made);
        }
        const auto token = store.create_link(LinkKind::kVerifyEmail, (*account)->id);
        if (!token) return propagate(token);
        return mail_to(email, texts.verify_subject, texts.verify_text, site, *token);
      });
  if (!queued) return problem_response(queued.error(), request.id);
  Response response = json_response(session_view(nullptr, ""));
  response.status = 202;
  response.set_header("Cache-Control", "no-store");
  response.audit = credentials.email + " by mail";
  return response;
}

Response Sessions::ask_password_reset(const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto text = params->text("email", kEmailBytesMax);
  if (!text) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'email' must be given"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  const auto email = normalized_email(*text);
  if (!email) return problem_response(email.error(), request.id);
  if (!sends_mail()) return problem_response({ErrorCode::kConflict, "mail_off", "this shop sends no mail; ask the people who run it"}, request.id);
  if (!mails_to_address_.take(*email).allowed) return {.status = 202};  // several are on their way
  const MailTexts& texts = mail_texts(request.header("accept-language"));
  const Status queued = options_.mailer->queue([store = store_, site = options_.public_url, email = *email, &texts]() mutable -> MaybeMail {
    const auto account = store.find_account(email);
    if (!account) return propagate(account);
    if (!*account) return std::nullopt;
    const auto token = store.create_link(LinkKind::kResetPassword, (*account)->id);
    if (!token) return propagate(token);
    return mail_to(email, texts.reset_subject, texts.reset_text, site, *token);
  });
  if (!queued) return problem_response(queued.error(), request.id);
  return {.status = 202, .audit = *email};
}

Response Sessions::reset_password(const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto token = params->text("token", kTokenBytesMax), password = params->text("password", kPasswordBytesMax);
  if (!token || !password) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'token' and 'password' must be given"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  if (const Status strong = check_password(*password); !strong) return problem_response(strong.error(), request.id);
  const auto hash = hash_password(*password);
  if (!hash) return problem_response(hash.error(), request.id);
  const auto account = store_.reset_password(*token, *hash);
  if (!account) return problem_response(account.error(), request.id);
  return start(*account, request, 200, account->email);
}

Response Sessions::verify_email(const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto token = params->text("token", kTokenBytesMax);
  if (!token) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'token' must be given"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  const auto account = store_.verify_email(*token);
  if (!account) return problem_response(account.error(), request.id);
  return {.status = 204, .audit = account->email};
}

}  // namespace nozama
