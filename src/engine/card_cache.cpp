#include "engine/card_cache.h"

#include <optional>

#include "catalog/catalog.h"

namespace nozama {

Result<std::vector<ProductCard>> CardCache::get(Catalog& catalog, int64_t seq, const std::vector<ProductId>& ids, const std::string& lang) {
  constexpr size_t kCardsMax = 20'000;  // about a kilobyte each
  constexpr size_t kLanguagesMax = 64;  // `lang` comes from outside
  std::vector<std::optional<ProductCard>> found(ids.size());
  std::vector<ProductId> missing;
  {
    const std::lock_guard lock(mutex_);
    if (seq != seq_ || size_ + ids.size() > kCardsMax || cards_.size() > kLanguagesMax) {
      cards_.clear();
      size_ = 0;
      seq_ = seq;
    }
    const Cards& known = cards_[lang];
    for (size_t i = 0; i < ids.size(); ++i) {
      if (const auto card = known.find(ids[i]); card != known.end())
        found[i] = card->second;
      else
        missing.push_back(ids[i]);
    }
  }
  if (!missing.empty()) {
    auto read = catalog.cards(missing, lang);
    if (!read) return propagate(read);
    const std::lock_guard lock(mutex_);
    auto next = read->begin();
    for (size_t i = 0; i < ids.size() && next != read->end(); ++i) {
      if (found[i] || next->id != ids[i]) continue;
      found[i] = std::move(*next++);
      if (seq == seq_ && cards_[lang].emplace(ids[i], *found[i]).second) ++size_;
    }
  }
  std::vector<ProductCard> cards;
  cards.reserve(ids.size());
  for (std::optional<ProductCard>& card : found) {
    if (card) cards.push_back(std::move(*card));
  }
  return cards;
}

size_t CardCache::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace nozama
