// How feeds name their pictures.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

bool is_remote(std::string_view reference);

// Of a remote picture: "//host/a.jpg" is meant as https.
std::string url_of(std::string_view reference);

// "nozama:HASH", a picture that the shop has already; its hash.
inline constexpr std::string_view kStoredPrefix = "nozama:";
bool is_stored(std::string_view reference);
std::string stored_hash(std::string_view reference);

// What relative references are relative to, absolute.
std::filesystem::path feed_folder(const std::filesystem::path& source);

}  // namespace nozama
