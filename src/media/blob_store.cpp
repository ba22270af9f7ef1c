#include "media/blob_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace nozama {

Status check_blob_key(const std::string& key) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool good = key.size() >= 3 && key.size() <= 128 && alphanumeric(key[0]) && alphanumeric(key[1]) &&
                    std::all_of(key.begin(), key.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
  if (good) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_key", fmt::format("'{}' cannot be the key of a picture", key.substr(0, 80)));
}

}  // namespace nozama
