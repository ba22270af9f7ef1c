#include "base/hash.h"

#include <sodium.h>

#include <cstring>

#include "base/error.h"

namespace nozama {
namespace {

template <size_t N>
std::string to_hex(const std::array<unsigned char, N>& bytes) {
  std::string hex(2 * N + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), N);
  hex.pop_back();
  return hex;
}

const unsigned char* as_unsigned(std::span<const std::byte> bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

void require_sodium() {
  static const int ready = sodium_init();
  if (ready < 0) abort_with("libsodium cannot find a source of random numbers");
}

}  // namespace

std::string content_hash(std::span<const std::byte> bytes) {
  require_sodium();
  std::array<unsigned char, 32> digest{};
  crypto_generichash(digest.data(), digest.size(), as_unsigned(bytes), bytes.size(), nullptr, 0);
  return to_hex(digest);
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  require_sodium();
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), as_unsigned(bytes), bytes.size());
  return to_hex(digest);
}

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require_sodium();
  crypto_hash_sha256_init(&state_->hash);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) { crypto_hash_sha256_update(&state_->hash, as_unsigned(bytes), bytes.size()); }

std::string Sha256::hex() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state_->hash, digest.data());
  return to_hex(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  require_sodium();
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(message.data()), message.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return mac;
}

uint64_t checksum64(std::span<const std::byte> bytes) {
  require_sodium();
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), as_unsigned(bytes), bytes.size(), nullptr, 0);
  uint64_t sum = 0;
  std::memcpy(&sum, digest.data(), sizeof sum);
  return sum;
}

std::string random_hex(size_t n) {
  require_sodium();
  std::string bytes(n, '\0');
  randombytes_buf(bytes.data(), n);
  std::string hex(2 * n + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()), n);
  hex.pop_back();
  return hex;
}

}  // namespace nozama
