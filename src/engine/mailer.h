// Mail to shoppers and merchants, sent behind the request that caused it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace nozama {

struct MailerOptions {
  std::string url;         // net/smtp.h; empty = this shop sends no mail
  std::string from;        // "Nozama <shop@mail.example>"
  std::string public_url;  // of the shop, for links in mails: never what a request names, which anybody can forge
};

struct Mail {
  std::string to, subject, text;
};

// Thread-safe. Mails wait in memory: one that cannot be delivered within some minutes, or when the program ends, is lost, and the log says so
// (never to whom or what).
class Mailer {
 public:
  // kInvalidArgument "bad_option" for options that cannot work.
  static Result<std::unique_ptr<Mailer>> open(MailerOptions options);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  bool configured() const;
  const std::string& public_url() const;

  // kConflict "mail_off" without a server; kBusy "mail_queue_full".
  Status queue(Mail mail);
  // `write` runs on the mailer's thread, and may find that there is nobody to write to: the caller's answer takes as long either way, and so does not tell.
  Status queue(std::function<Result<std::optional<Mail>>()> write);

 private:
  struct State;
  explicit Mailer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nozama
