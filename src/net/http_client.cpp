#include "net/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "base/trace.h"
#include "net/web_url.h"

namespace nozama {
namespace {

constexpr size_t kHeaderBytesMax = size_t{64} << 10;

struct Transfer {
  const HttpRequest& request;
  const std::stop_token& stop;
  HttpResponse response = {};
  size_t header_bytes = 0;
  bool too_large = false, bad_headers = false, refused_address = false;
};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.bad_headers = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();  // of an interim answer (100 Continue)
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    transfer.response.headers.push_back({lower_case(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
  }
  return line.size();
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  auto& body = transfer.response.body;
  if (body.size() + bytes > transfer.request.response_bytes_max) {
    transfer.too_large = true;
    return 0;
  }
  const auto* first = reinterpret_cast<const std::byte*>(data);
  body.insert(body.end(), first, first + bytes);
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0; }

std::string address_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  }
  return text;
}

// The last word on where a connection may go, whatever name or number the address has been made from.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  const auto& permitted = transfer.request.addresses;
  if (!permitted.empty() && std::ranges::find(permitted, address_text(address->addr)) == permitted.end()) {
    transfer.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct StringList {
  curl_slist* head = nullptr;
  ~StringList() { curl_slist_free_all(head); }
  void add(const std::string& text) { head = curl_slist_append(head, text.c_str()); }
};

void set_limits(CURL* curl, const HttpRequest& request) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "nozama/" NOZAMA_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, request.connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request.timeout_ms);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request.stall_timeout_s);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.response_bytes_max));
  if (!request.addresses.empty()) curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

void set_callbacks(CURL* curl, Transfer& transfer) {
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
}

void set_request(CURL* curl, const HttpRequest& request, StringList& headers) {
  for (const HttpHeader& header : request.headers) {
    // An empty value is sent so; "Name:" would take the header away.
    headers.add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (const TraceContext* trace = current_trace(); trace != nullptr) headers.add("traceparent: " + child_of(*trace).traceparent());
  headers.add("Expect:");
  const bool typed = std::ranges::any_of(request.headers, [](const HttpHeader& header) { return lower_case(header.name) == "content-type"; });
  if (!typed) headers.add("Content-Type:");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.head);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST" || request.method == "PATCH" || !request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : reinterpret_cast<const char*>(request.body.data()));
  }
}

Error error_of(CURLcode code, const Transfer& transfer, const std::string& host) {
  if (transfer.stop.stop_requested()) return {ErrorCode::kCancelled, "cancelled", fmt::format("{}: stopped on request", host)};
  const size_t limit = transfer.request.response_bytes_max;
  if (transfer.too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return {ErrorCode::kTooLarge, "response_too_large", fmt::format("{} sends more than {} bytes", host, limit)};
  }
  if (transfer.bad_headers) return {ErrorCode::kCorrupt, "bad_response", fmt::format("{} sends more than {} bytes of headers", host, kHeaderBytesMax)};
  if (transfer.refused_address) return {ErrorCode::kUnavailable, "host_unreachable", fmt::format("{} leads to an address that was not checked", host)};
  const std::string what = fmt::format("{}: {}", host, curl_easy_strerror(code));
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {ErrorCode::kTimeout, "request_timeout", what};
    case CURLE_COULDNT_RESOLVE_HOST: return {ErrorCode::kUnavailable, "host_unknown", what};
    case CURLE_COULDNT_CONNECT: return {ErrorCode::kUnavailable, "host_unreachable", what};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return {ErrorCode::kUnavailable, "tls_failed", what};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: return {ErrorCode::kUnavailable, "connection_lost", what};
    default: return {ErrorCode::kCorrupt, "bad_response", what};
  }
}

}  // namespace

std::string_view HttpResponse::header(std::string_view lower_case_name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(), [&](const HttpHeader& header) { return header.name == lower_case_name; });
  return found == headers.rend() ? std::string_view() : std::string_view(found->value);
}

// Handles that no request uses; each keeps its connections.
struct HttpClient::Handles {
  std::mutex mutex;
  std::vector<CURL*> idle;

  CURL* take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return curl_easy_init();
    CURL* handle = idle.back();
    idle.pop_back();
    return handle;
  }

  void give_back(CURL* handle) {
    curl_easy_reset(handle);
    const std::lock_guard lock(mutex);
    idle.push_back(handle);
  }
};

HttpClient::HttpClient() : handles_(std::make_unique<Handles>()) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) abort_with("libcurl does not start");
}

HttpClient::~HttpClient() {
  for (CURL* handle : handles_->idle) curl_easy_cleanup(handle);
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) {
  const auto url = parse_web_url(request.url);
  if (!url) return propagate(url);
  CURL* curl = handles_->take();
  if (curl == nullptr) return fail(ErrorCode::kUnavailable, "host_unreachable", "libcurl has no memory for another request");
  Transfer transfer{request, stop};
  StringList headers, pinned;
  set_limits(curl, request);
  set_callbacks(curl, transfer);
  set_request(curl, request, headers);
  if (!request.addresses.empty() && !url->host.contains(':')) {  // an address of IPv6 is no name to pin
    std::string entry = fmt::format("{}:{}:", url->host, url->port);
    for (size_t i = 0; i < request.addresses.size(); ++i) {
      const std::string& address = request.addresses[i];
      entry += fmt::format(fmt::runtime(address.contains(':') ? "{}[{}]" : "{}{}"), i > 0 ? "," : "", address);
    }
    pinned.add(entry);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, pinned.head);
  }
  curl_easy_setopt(curl, CURLOPT_URL, url->text.c_str());
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  handles_->give_back(curl);
  if (code != CURLE_OK) return std::unexpected(error_of(code, transfer, url->host));
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace nozama
