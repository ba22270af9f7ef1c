#include "net/address_guard.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "base/number.h"

namespace nozama {
namespace {

constexpr std::string_view kNotPublicV4[] = {
    "0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",     "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",   "240.0.0.0/4",
};
// Outside of 2000::/3 nothing is public.
constexpr std::string_view kPublicV6 = "2000::/3";
constexpr std::string_view kNotPublicV6[] = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

std::vector<IpNetwork> networks_of(std::span<const std::string_view> texts) {
  std::vector<IpNetwork> networks;
  for (const std::string_view text : texts) networks.push_back(*parse_ip_network(text));
  return networks;
}

bool any_contains(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.contains(address); });
}

std::optional<IpAddress> address_of(const sockaddr* address) {
  IpAddress found;
  if (address->sa_family == AF_INET) {
    found.is_v4 = true;
    std::memcpy(found.bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return found;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  std::memcpy(found.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
  return found;
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::string copy(text);
  if (copy.contains('\0')) return std::nullopt;  // where inet_pton would stop reading
  IpAddress address;
  if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.is_v4 = true;
    return address;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string ip_address_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(address.is_v4 ? AF_INET : AF_INET6, address.bytes.data(), text, sizeof text);
  return text;
}

bool IpNetwork::contains(const IpAddress& other) const {
  if (other.is_v4 != address.is_v4) return false;
  for (int bit = 0; bit < prefix_bits; ++bit) {
    const auto mask = static_cast<uint8_t>(0x80U >> (bit % 8));
    if ((address.bytes[bit / 8] & mask) != (other.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

Result<IpNetwork> parse_ip_network(std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  const auto address = parse_ip_address(text.substr(0, slash));
  const int bits_max = address && address->is_v4 ? 32 : 128;
  const auto bits = slash == text.size() ? std::optional<int>(bits_max) : parse_number<int>(text.substr(slash + 1));
  if (!address || !bits || *bits < 0 || *bits > bits_max) {
    return fail(ErrorCode::kInvalidArgument, "bad_network", fmt::format("'{}' is no network; write it as 10.1.0.0/16 or fd00::/8", text.substr(0, 80)));
  }
  return IpNetwork{*address, *bits};
}

bool is_public_address(const IpAddress& address) {
  static const auto not_public_v4 = networks_of(kNotPublicV4), not_public_v6 = networks_of(kNotPublicV6);
  static const IpNetwork public_v6 = *parse_ip_network(kPublicV6);
  if (address.is_v4) return !any_contains(not_public_v4, address);
  return public_v6.contains(address) && !any_contains(not_public_v6, address);
}

Result<AddressGuard> AddressGuard::make(const std::vector<std::string>& own_networks) {
  AddressGuard guard;
  for (const std::string& text : own_networks) {
    const auto network = parse_ip_network(text);
    if (!network) return propagate(network);
    guard.own_networks_.push_back(*network);
  }
  return guard;
}

bool AddressGuard::permits(const IpAddress& address, uint16_t port) const {
  return any_contains(own_networks_, address) || ((port == 80 || port == 443) && is_public_address(address));
}

Result<std::vector<std::string>> AddressGuard::permitted_addresses(const WebUrl& url) const {
  const addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(url.host.c_str(), nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  if (failure != 0) return fail(ErrorCode::kUnavailable, "host_unknown", fmt::format("{}: {}", url.host, ::gai_strerror(failure)));
  std::vector<std::string> permitted;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto address = address_of(entry->ai_addr);
    if (address && permits(*address, url.port)) permitted.push_back(ip_address_text(*address));
  }
  if (permitted.empty()) {
    // Not which address: who asks must not learn the names of our network.
    return fail(ErrorCode::kInvalidArgument, "address_refused",
                fmt::format("{}:{} is no public address at port 80 or 443; networks of your own are permitted with --fetch-networks", url.host, url.port));
  }
  return permitted;
}

}  // namespace nozama
