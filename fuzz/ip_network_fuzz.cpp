// Addresses and networks of settings: what is taken is the same when written and read again, and contains its own address.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "net/address_guard.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto network = parse_ip_network(text);
  if (!network) {
    if (network.error().reason != "bad_network" || network.error().message.empty()) abort_with("a refused network without a reason");
    return 0;
  }
  if (text.find_first_not_of("0123456789abcdefABCDEF.:/-") != std::string_view::npos) abort_with("a network with other characters");
  if (!network->contains(network->address)) abort_with("a network without its own address");
  const auto again = parse_ip_network(ip_address_text(network->address) + "/" + std::to_string(network->prefix_bits));
  if (!again || again->address.bytes != network->address.bytes || again->address.is_v4 != network->address.is_v4 ||
      again->prefix_bits != network->prefix_bits) {
    abort_with("a network that changes when written and read");
  }
  is_public_address(network->address);
  return 0;
}
