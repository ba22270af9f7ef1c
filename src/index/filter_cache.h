// The answers of the last filters. Internal to the index.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "index/slot_set.h"

namespace nozama {

// Thread-safe; the mutex is held to find or to put one entry.
class FilterCache {
 public:
  static constexpr size_t kEntriesMax = 128;
  static constexpr size_t kBytesMax = size_t{64} << 20;

  std::shared_ptr<const SlotSet> find(const std::string& key);  // null: not there
  void put(const std::string& key, std::shared_ptr<const SlotSet> slots);
  size_t entries() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const SlotSet> slots;  // shared with the searches that use it
  };
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // last used first
};

}  // namespace nozama
