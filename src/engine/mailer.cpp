#include "engine/mailer.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/log.h"
#include "base/worker_pool.h"
#include "net/smtp.h"

namespace nozama {
namespace {

constexpr size_t kQueueLengthMax = 1000;
// Before each further try.
constexpr std::array kWaits = {std::chrono::seconds(1), std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::seconds(120)};

}  // namespace

struct Mailer::State {
  MailerOptions options;
  std::stop_source stop;
  std::mutex mutex;
  std::condition_variable_any stopped;
  WorkerPool pool{{.threads = 1, .queue_length_max = kQueueLengthMax}};  // the last member: its thread uses the others

  // False when the program ends.
  bool wait(std::chrono::seconds time) {
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop.get_token(), time, [] { return false; });
    return !stop.stop_requested();
  }

  void deliver(const Mail& mail) {
    const MailMessage message{.from = options.from, .to = mail.to, .subject = mail.subject, .text = mail.text};
    Status sent = send_mail(options.url, message, stop.get_token());
    for (const auto& pause : kWaits) {
      if (sent || sent.error().code != ErrorCode::kUnavailable) break;
      log_warning("mail_delayed", {{"detail", sent.error().message}});
      if (!wait(pause)) break;
      sent = send_mail(options.url, message, stop.get_token());
    }
    if (!sent) log_error("mail_lost", {{"code", sent.error().reason}, {"detail", sent.error().message}});
  }
};

Result<std::unique_ptr<Mailer>> Mailer::open(MailerOptions options) {
  if (!options.url.empty()) {
    if (const Status valid = check_smtp_url(options.url); !valid) return propagate(valid);
    if (options.from.find('@') == std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "bad_option", "smtp-url needs mail-from, such as shop@mail.example");
    if (options.public_url.empty()) return fail(ErrorCode::kInvalidArgument, "bad_option", "smtp-url needs public-url, for the links in mails");
  }
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  return std::unique_ptr<Mailer>(new Mailer(std::move(state)));
}

Mailer::Mailer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Mailer::~Mailer() {
  state_->stop.request_stop();
  state_->stopped.notify_all();
}

bool Mailer::configured() const { return !state_->options.url.empty(); }

const std::string& Mailer::public_url() const { return state_->options.public_url; }

Status Mailer::queue(Mail mail) {
  return queue([mail = std::move(mail)]() -> Result<std::optional<Mail>> { return mail; });
}

Status Mailer::queue(std::function<Result<std::optional<Mail>>()> write) {
  if (!configured()) return fail(ErrorCode::kConflict, "mail_off", "this shop sends no mail; ask the people who run it");
  return state_->pool.try_submit([this, write = std::move(write)] {
    const auto mail = write();
    if (!mail) {
      log_error("mail_lost", {{"code", mail.error().reason}, {"detail", mail.error().message}});
    } else if (*mail) {
      state_->deliver(**mail);
    }
  });
}

}  // namespace nozama
