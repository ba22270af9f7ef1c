#include "engine/shelf_cache.h"

#include "catalog/shelves.h"

namespace nozama {
namespace {

constexpr int64_t kKeptMs = 60'000;
constexpr int64_t kOfLateMs = int64_t{30} * 24 * 3600 * 1000;

Result<Shelves> read_shelves(Catalog& catalog, int64_t now_ms) {
  ShelfStore store(catalog);
  Shelves shelves;
  auto trending = store.trending(now_ms - kOfLateMs, ShelfCache::kProducts);
  if (!trending) return propagate(trending);
  shelves.trending_by_reviews = trending->size() < ShelfCache::kTrendingMin;
  if (shelves.trending_by_reviews) trending = store.most_reviewed(ShelfCache::kProducts);
  if (!trending) return propagate(trending);
  shelves.trending = std::move(*trending);
  auto newest = store.newest(ShelfCache::kProducts);
  if (!newest) return propagate(newest);
  shelves.newest = std::move(*newest);
  return shelves;
}

}  // namespace

Result<Shelves> ShelfCache::get(Catalog& catalog, int64_t seq, int64_t now_ms) {
  const std::lock_guard lock(mutex_);  // held while reading: of many who ask at once, one looks
  // A shop that imports changes all the time, and its shelves need not: but one that was empty is looked at again after each change.
  const bool is_fresh = read_ms_ != 0 && now_ms - read_ms_ < kKeptMs;
  if (is_fresh && (seq == seq_ || !shelves_.newest.empty())) return shelves_;
  auto shelves = read_shelves(catalog, now_ms);
  if (!shelves) return shelves;
  shelves_ = *shelves;
  seq_ = seq;
  read_ms_ = now_ms;
  return shelves;
}

}  // namespace nozama
