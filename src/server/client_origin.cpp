#include "server/client_origin.h"

#include <algorithm>
#include <array>
#include <optional>

namespace nozama {
namespace {

constexpr size_t kHopsMax = 64;

// What one proxy has written of the one before it.
struct Hop {
  std::optional<IpAddress> address;
  std::string_view protocol;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

// An address of IPv4 may come as ::ffff:192.0.2.7 from a socket of both kinds; a network of IPv4 means it too.
IpAddress unmapped(const IpAddress& address) {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (address.is_v4 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) return address;
  IpAddress v4 = {.is_v4 = true};
  std::copy_n(address.bytes.begin() + 12, 4, v4.bytes.begin());
  return v4;
}

// "192.0.2.7", "192.0.2.7:4711", "2001:db8::1", "[2001:db8::1]:4711"
std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  const auto address = parse_ip_address(text);
  if (!address) return std::nullopt;
  return unmapped(*address);
}

// The parts of every header of the name, in the order sent.
std::vector<std::string_view> list_of(const Request& request, std::string_view name) {
  std::vector<std::string_view> items;
  for (const auto& [header, value] : request.headers) {
    if (header != name) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      items.push_back(trim(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return items;
}

Hop hop_of_forwarded(std::string_view element) {
  Hop hop;
  while (!element.empty()) {
    const size_t end = std::min(element.find(';'), element.size());
    const std::string_view pair = trim(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = to_lower_ascii(pair.substr(0, equals));
    const std::string_view value = unquoted(pair.substr(equals + 1));
    if (name == "for") hop.address = parse_node(value);
    if (name == "proto") hop.protocol = value;
  }
  return hop;
}

// Nearest hop first.
std::vector<Hop> hops_of(const Request& request) {
  std::vector<Hop> hops;
  const auto addresses = list_of(request, "x-forwarded-for");
  if (addresses.empty()) {
    for (const std::string_view element : list_of(request, "forwarded")) hops.push_back(hop_of_forwarded(element));
    std::ranges::reverse(hops);
    return hops;
  }
  for (const std::string_view address : addresses) hops.push_back({parse_node(address), {}});
  std::ranges::reverse(hops);
  // Usually one word of the nearest proxy, not one a hop.
  const auto protocols = list_of(request, "x-forwarded-proto");
  for (size_t i = 0; i < hops.size() && !protocols.empty(); ++i) {
    hops[i].protocol = i < protocols.size() ? protocols[protocols.size() - 1 - i] : protocols.front();
  }
  return hops;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::make(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const auto network = parse_ip_network(text);
    if (!network) return propagate(network, "trusted-proxies");
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
  return std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.contains(address); });
}

ClientOrigin TrustedProxies::origin_of(std::string_view peer, const Request& request) const {
  auto address = parse_ip_address(peer);
  if (!address) return {std::string(peer), false};
  *address = unmapped(*address);
  ClientOrigin origin = {ip_address_text(*address), false};
  if (!trusts(*address)) return origin;
  const std::vector<Hop> hops = hops_of(request);
  for (size_t i = 0; i < std::min(hops.size(), kHopsMax); ++i) {
    origin.over_https = to_lower_ascii(hops[i].protocol) == "https";
    if (!hops[i].address) break;
    origin.address = ip_address_text(*hops[i].address);
    if (!trusts(*hops[i].address)) break;
  }
  return origin;
}

}  // namespace nozama
