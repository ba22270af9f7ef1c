// Which addresses a request that an outsider named may go to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/web_url.h"

namespace nozama {

struct IpAddress {
  std::array<uint8_t, 16> bytes = {};  // the first four of IPv4
  bool is_v4 = false;
};

std::optional<IpAddress> parse_ip_address(std::string_view text);
std::string ip_address_text(const IpAddress& address);

struct IpNetwork {
  IpAddress address;
  int prefix_bits = 0;
  bool contains(const IpAddress& other) const;
};

// "10.1.0.0/16", "fd00::/8", or one address. kInvalidArgument "bad_network".
Result<IpNetwork> parse_ip_network(std::string_view text);

// Of the whole internet: not private, loopback, link-local (where clouds keep their metadata), shared (CGNAT), multicast, reserved or
// for documentation; and no IPv6 address that stands for one of IPv4 (mapped, NAT64, 6to4, Teredo), which would hide those.
// After IANA's special-purpose registries (RFC 6890 and its updates).
bool is_public_address(const IpAddress& address);

class AddressGuard {
 public:
  // `own_networks`: permitted beside the public addresses, at any port; the others only at 80 and 443.
  static Result<AddressGuard> make(const std::vector<std::string>& own_networks);

  bool permits(const IpAddress& address, uint16_t port) const;

  // Asks the name server, and gives those addresses of the host that are permitted: connect to these only, for a name may lead elsewhere
  // the next moment. kUnavailable "host_unknown"; kInvalidArgument "address_refused" when none is permitted.
  Result<std::vector<std::string>> permitted_addresses(const WebUrl& url) const;

 private:
  std::vector<IpNetwork> own_networks_;
};

}  // namespace nozama
