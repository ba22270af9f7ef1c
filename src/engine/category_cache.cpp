#include "engine/category_cache.h"

#include "catalog/catalog.h"

namespace nozama {

Result<CategoryCache::Tree> CategoryCache::get(Catalog& catalog, int64_t seq, const std::string& lang) {
  constexpr size_t kLanguagesMax = 64;  // `lang` comes from outside
  {
    const std::lock_guard lock(mutex_);
    if (seq != seq_ || trees_.size() > kLanguagesMax) {
      trees_.clear();
      seq_ = seq;
    }
    if (const auto tree = trees_.find(lang); tree != trees_.end()) return tree->second;
  }
  auto nodes = catalog.categories(lang);
  if (!nodes) return propagate(nodes);
  Tree tree = std::make_shared<const std::vector<CategoryNode>>(std::move(*nodes));
  const std::lock_guard lock(mutex_);
  if (seq == seq_) trees_[lang] = tree;
  return tree;
}

}  // namespace nozama
