// Who asks, seen past the proxies that stand before us.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/address_guard.h"
#include "server/http.h"

namespace nozama {

struct ClientOrigin {
  std::string address;      // "192.0.2.7", "2001:db8::1"; never empty
  bool over_https = false;  // between the client and the outermost trusted proxy
};

// Anybody can send X-Forwarded-For: it counts only on connections of proxies that are named here, and from right to left only as
// far as those who wrote it are trusted. Thread-safe.
class TrustedProxies {
 public:
  // Networks or addresses; without any, headers are not looked at. kInvalidArgument "bad_network".
  static Result<TrustedProxies> make(const std::vector<std::string>& networks);

  // `peer` is the connection's other end. X-Forwarded-For is read, or Forwarded (RFC 7239) where that is missing; X-Forwarded-Proto
  // likewise. What cannot be read ends the way: the last address known is the answer.
  ClientOrigin origin_of(std::string_view peer, const Request& request) const;

 private:
  bool trusts(const IpAddress& address) const;

  std::vector<IpNetwork> networks_;
};

}  // namespace nozama
