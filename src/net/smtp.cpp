#include "net/smtp.h"

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/base64.h"
#include "base/hash.h"
#include "net/http_client.h"

namespace nozama {
namespace {

constexpr long kConnectTimeoutMs = 10'000, kTimeoutMs = 30'000;
constexpr size_t kLineMax = 76;

struct Upload {
  std::string text;
  size_t sent = 0;
  const std::stop_token& stop;
};

size_t read_upload(char* buffer, size_t size, size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const size_t bytes = std::min(size * count, upload.text.size() - upload.sent);
  std::copy_n(upload.text.data() + upload.sent, bytes, buffer);
  upload.sent += bytes;
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Upload*>(user)->stop.stop_requested() ? 1 : 0; }

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 2047 for what is not ASCII, in words of at most 75 characters that do not cut a letter.
std::string header_words(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string words;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(begin + 42, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ", encode_base64(text.substr(begin, end - begin)));
    begin = end;
  }
  return words;
}

// "Nozama <shop@mail.example>" → "shop@mail.example"
std::string bare_address(const std::string& mailbox) {
  const size_t open = mailbox.rfind('<'), close = mailbox.rfind('>');
  return open != std::string::npos && close != std::string::npos && open < close ? mailbox.substr(open + 1, close - open - 1) : mailbox;
}

bool has_password(const std::string& url) { return url.find('@') != std::string::npos; }

Status failure(CURLcode code, long status, const std::stop_token& stop) {
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "stopped before the mail was sent");
  const std::string what = fmt::format("the mail server answers {}: {}", status, curl_easy_strerror(code));
  if (status >= 500 && code != CURLE_LOGIN_DENIED) return fail(ErrorCode::kInvalidArgument, "mail_refused", what);
  return fail(ErrorCode::kUnavailable, "mail_failed", what);
}

}  // namespace

Status check_smtp_url(const std::string& url) {
  const size_t scheme = url.starts_with("smtps://") ? 8 : url.starts_with("smtp://") ? 7 : 0;
  if (scheme > 0 && url.size() > scheme && is_one_line(url)) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_option", "smtp-url must be such as smtps://USER:PASSWORD@mail.example:465 or smtp://mail.example:25");
}

std::string message_text(const MailMessage& message, int64_t unix_ms) {
  const std::string body = encode_base64(message.text);
  std::string text = fmt::format(
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@nozama>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: "
      "1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      fmt::gmtime(static_cast<std::time_t>(unix_ms / 1000)), message.from, message.to, header_words(message.subject), random_hex(16));
  for (size_t begin = 0; begin < body.size(); begin += kLineMax) text += body.substr(begin, kLineMax) + "\r\n";
  return text;
}

Status send_mail(const std::string& url, const MailMessage& message, const std::stop_token& stop) {
  for (const std::string* header : {&message.from, &message.to, &message.subject}) {
    if (!is_one_line(*header)) return fail(ErrorCode::kInvalidArgument, "bad_mail", "a mail's addresses and subject must be of one line each");
  }
  const HttpClient starts_libcurl;
  CURL* curl = curl_easy_init();
  if (curl == nullptr) return fail(ErrorCode::kUnavailable, "mail_failed", "libcurl has no memory for a mail");
  Upload upload{message_text(message, static_cast<int64_t>(std::time(nullptr)) * 1000), 0, stop};
  curl_slist* recipients = curl_slist_append(nullptr, bare_address(message.to).c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(has_password(url) ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, bare_address(message.from).c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_upload);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &upload);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(recipients);
  curl_easy_cleanup(curl);
  return code == CURLE_OK ? Status() : failure(code, status, stop);
}

}  // namespace nozama
