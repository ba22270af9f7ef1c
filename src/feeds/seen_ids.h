// Which ids a feed has had, in bounded memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace nozama {

// Remembers at least the last kRemembered ids. One that comes again after more than these is taken for new: it updates
// its product as a later import would.
class SeenIds {
 public:
  static constexpr size_t kRemembered = 500'000;

  // Notes the id, and returns the line where it stood before.
  std::optional<int64_t> add(std::string_view id, int64_t line);

 private:
  std::unordered_map<uint64_t, int64_t> recent_, older_;  // hash of the id → line
};

}  // namespace nozama
