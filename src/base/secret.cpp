#include "base/secret.h"

#include <sodium.h>

#include <array>
#include <span>

#include "base/hash.h"

namespace nozama {
namespace {

constexpr size_t kSecretBytes = 32;
// OWASP's cheat sheet asks for at least 19 MiB and two passes.
constexpr unsigned long long kPasses = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE;
constexpr size_t kMemoryBytes = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE;

}  // namespace

std::string random_secret(std::string_view prefix) { return std::string(prefix) + random_hex(kSecretBytes); }

std::string secret_hash(std::string_view secret) { return content_hash(std::as_bytes(std::span(secret))); }

std::string derived_secret(std::string_view secret, std::string_view purpose) {
  const std::string mac = hmac_sha256(secret, purpose);
  return content_hash(std::as_bytes(std::span(mac)));
}

bool equal_secrets(std::string_view a, std::string_view b) { return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), kPasses, kMemoryBytes) != 0) {
    return fail(ErrorCode::kUnavailable, "out_of_memory", "there is not enough memory to hash a password");
  }
  return std::string(text.data());
}

bool password_matches(std::string_view password, const std::string& hash) {
  static const std::string nobodys = hash_password(random_hex(kSecretBytes)).value_or("");
  const bool matches = crypto_pwhash_argon2id_str_verify((hash.empty() ? nobodys : hash).c_str(), password.data(), password.size()) == 0;
  return matches && !hash.empty();
}

}  // namespace nozama
