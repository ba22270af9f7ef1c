// Secrets: random ones that programs carry, passwords that people know, and how each is stored.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

// 256 random bits behind the prefix: "nzk_…".
std::string random_secret(std::string_view prefix);

// What is stored of a random secret. A fast hash will do: 256 bits cannot be guessed, unlike a password.
std::string secret_hash(std::string_view secret);

// A value that only who holds the secret can name, one for each purpose.
std::string derived_secret(std::string_view secret, std::string_view purpose);

// Takes as long wherever the first difference is.
bool equal_secrets(std::string_view a, std::string_view b);

// Argon2id with its salt and costs (64 MiB, about a tenth of a second of one core), as a text to store. kUnavailable "out_of_memory".
Result<std::string> hash_password(std::string_view password);

// As slow as hash_password(); against an empty hash too, so that the time does not tell which accounts exist.
bool password_matches(std::string_view password, const std::string& hash);

}  // namespace nozama
