// What an evaluation searches: the shop's products, and what others may be added to hide them among.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "engine/live_index.h"

namespace nozama {

// Each product's primary category, and how many products a category has: of the products that can be found.
struct Gallery {
  std::unordered_map<int64_t, CategoryId> category_of;
  std::unordered_map<int64_t, int64_t> products_in;
};
Result<Gallery> read_gallery(Workspace& workspace, const std::string& encoder_id);

struct Distractors {
  int64_t added = 0, refused = 0;  // refused: the default min_score would turn them away
  std::vector<std::string> skipped;
};

// `live` gets a copy of its index in which the folder's pictures compete with the products, each in the category that the
// head gives it. Their product ids are negative.
Result<Distractors> add_distractors(Workspace& workspace, Live& live, const std::filesystem::path& folder,
                                    const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop);

}  // namespace nozama
