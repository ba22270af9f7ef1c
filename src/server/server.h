// The HTTP service: JSON API, pictures and the embedded storefront over one Engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/mailer.h"
#include "server/client_origin.h"
#include "server/oidc.h"
#include "server/rate_limit.h"

namespace nozama {

class Engine;

// From where anyone's search may have its photo fetched: from nowhere, from public addresses, or from ServerOptions::fetch_networks too.
enum class ImageUrls { kOff, kPublic, kOwnNetworks };

struct ServerOptions {
  std::string host = "127.0.0.1";            // an address of this machine; "0.0.0.0" and "::" mean all of them
  uint16_t port = 8080;                      // 0 = any free one; port() tells which
  size_t io_threads = 1;                     // they never block
  size_t encode_threads = 0;                 // photo searches at once; 0 = all cores
  size_t catalogue_threads = 4;              // database and picture reads at once
  size_t queue_length_max = 64;              // photo searches that may wait for a thread; one more is 503 with Retry-After
  size_t catalogue_queue_length_max = 1024;  // the same of database and picture reads
  size_t upload_bytes_max = size_t{20} << 20;
  size_t upload_bytes_in_flight_max = size_t{256} << 20;  // of all request bodies together; more is 503
  size_t connections_max = 1024;                          // one more is answered 503 and closed
  int request_timeout_ms = 10'000;                        // from the last byte of a request to its answer; then 504
  int header_timeout_ms = 15'000;                         // for a request's head, from its first byte; then the connection is closed
  int body_timeout_ms = 120'000;                          // for its body: a phone's upload may be slow; then the connection is closed
  int write_timeout_ms = 60'000;
  int keep_alive_timeout_ms = 60'000;  // an idle connection is closed after this
  int stop_timeout_ms = 10'000;        // how long stop() waits for requests in flight
  // Origins that browsers may call the API from, such as "https://shop.example"; "*" allows all. Never with credentials.
  std::vector<std::string> cors_origins;
  ImageUrls image_urls = ImageUrls::kOff;
  std::vector<std::string> fetch_networks = {};  // own ones from which pictures may come, beside the internet
  bool storefront = true;                        // false: the API only, pages are 404
  bool access_log = true;                        // one line a request; never a photo, a vector or a query string
  TrustedProxies trusted_proxies;                // whose word on who asks is believed
  RateLimits rates;
  MailerOptions mail;        // public_url is taken from below
  OidcOptions oidc;          // likewise redirect_uri
  bool require_key = false;  // reading the catalogue and searching need a key or an account too
  std::string public_url;    // where shoppers reach the shop, "https://shop.example"; empty = as each request names it
};

// Thread-safe. The engine must outlive the server.
class Server {
 public:
  // Listens before it returns. A port in use is kUnavailable with reason "port_in_use", an address that is not of
  // this machine kInvalidArgument with reason "bad_listen_address".
  static Result<std::unique_ptr<Server>> start(Engine& engine, ServerOptions options);

  // Stops as stop() does, if nobody called it.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& host() const;
  uint16_t port() const;

  // Stops accepting, closes idle connections, lets the requests in flight finish (at most stop_timeout_ms) and returns
  // when every thread has ended. Not for signal handlers: wait for the signal elsewhere and call it from a thread.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nozama
