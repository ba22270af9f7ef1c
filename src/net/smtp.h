// Mail to a server that sends it on (SMTP, RFC 5321).
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/error.h"

namespace nozama {

// smtp://HOST:PORT or smtps://HOST:PORT, perhaps with USER:PASSWORD@. With a password, or by smtps, nothing goes over the wire unencrypted; otherwise
// what the server offers is used.
Status check_smtp_url(const std::string& url);  // kInvalidArgument "bad_option"

struct MailMessage {
  std::string from, to;  // "shop@mail.example", "Nozama <shop@mail.example>"; without line breaks
  std::string subject;   // likewise
  std::string text;      // UTF-8
};

// The message with its headers as it goes over the wire (RFC 5322): the text in base64, for any language.
std::string message_text(const MailMessage& message, int64_t unix_ms);

// Waits until the server has taken it. Errors: kInvalidArgument "bad_mail" (a line break in a header), "mail_refused" (the server will never take it);
// kUnavailable "mail_failed", worth another try; kCancelled "cancelled". They name the server, never a password.
Status send_mail(const std::string& url, const MailMessage& message, const std::stop_token& stop = {});

}  // namespace nozama
