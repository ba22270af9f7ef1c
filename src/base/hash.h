#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nozama {

// BLAKE2b-256 (RFC 7693) of the bytes, as 64 lower-case hexadecimal digits: the identity of a picture.
std::string content_hash(std::span<const std::byte> bytes);

// SHA-256 as 64 lower-case hexadecimal digits, for manifests whose sums others can check.
std::string sha256_hex(std::span<const std::byte> bytes);

// The same piece by piece, for what does not fit memory.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  void add(std::span<const std::byte> bytes);
  std::string hex();  // once, of all that was added

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// HMAC-SHA-256 (RFC 2104), 32 bytes as they are.
std::string hmac_sha256(std::string_view key, std::string_view message);

// The first 8 bytes of BLAKE2b, little endian: a checksum for our own files.
uint64_t checksum64(std::span<const std::byte> bytes);

// n random bytes from the operating system as 2n hexadecimal digits.
std::string random_hex(size_t n);

}  // namespace nozama
