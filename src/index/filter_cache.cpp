#include "index/filter_cache.h"

#include <algorithm>

namespace nozama {

std::shared_ptr<const SlotSet> FilterCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return nullptr;
  std::rotate(entries_.begin(), found, found + 1);
  return entries_.front().slots;
}

void FilterCache::put(const std::string& key, std::shared_ptr<const SlotSet> slots) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&key](const Entry& entry) { return entry.key == key; });
  entries_.insert(entries_.begin(), {key, std::move(slots)});
  size_t bytes = 0, kept = 0;
  for (; kept < std::min(entries_.size(), kEntriesMax); ++kept) {
    bytes += entries_[kept].slots->words().size_bytes();
    if (bytes > kBytesMax) break;
  }
  entries_.resize(kept);
}

size_t FilterCache::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace nozama
