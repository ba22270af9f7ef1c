#include "feeds/seen_ids.h"

#include "base/file.h"
#include "base/hash.h"

namespace nozama {

std::optional<int64_t> SeenIds::add(std::string_view id, int64_t line) {
  const uint64_t key = checksum64(as_byte_span(id));
  if (const auto found = older_.find(key); found != older_.end()) return found->second;
  const auto [found, fresh] = recent_.try_emplace(key, line);
  if (!fresh) return found->second;
  if (recent_.size() >= kRemembered) {
    older_.swap(recent_);
    recent_.clear();
  }
  return std::nullopt;
}

}  // namespace nozama
