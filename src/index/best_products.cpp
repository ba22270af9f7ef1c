#include "index/best_products.h"

#include <algorithm>

namespace nozama {
namespace {

// Above, inserting into a sorted list costs more than sorting everything once.
constexpr size_t kSortedMax = 1024;

bool better(const Hit& a, const Hit& b) {
  if (a.score != b.score) return a.score > b.score;
  return a.product != b.product ? a.product < b.product : a.picture < b.picture;
}

}  // namespace

BestProducts::BestProducts(size_t k, double score_min) : k_(k), sorted_(k <= kSortedMax), threshold_(score_min) {
  if (sorted_) hits_.reserve(k + 1);
}

void BestProducts::add(const Hit& hit, bool alone) {
  if (!(hit.score >= threshold_)) return;
  if (!sorted_) {
    hits_.push_back(hit);
    return;
  }
  if (!alone) {
    const auto other = std::ranges::find(hits_, hit.slot, &Hit::slot);
    if (other != hits_.end()) {
      if (!better(hit, *other)) return;
      hits_.erase(other);
    }
  }
  if (hits_.size() == k_ && !better(hit, hits_.back())) return;
  hits_.insert(std::ranges::upper_bound(hits_, hit, better), hit);
  if (hits_.size() > k_) hits_.pop_back();
  if (hits_.size() == k_) threshold_ = std::max(threshold_, hits_.back().score);
}

std::vector<Hit> BestProducts::take() && {
  if (sorted_) return std::move(hits_);
  std::ranges::sort(hits_, [](const Hit& a, const Hit& b) { return a.slot != b.slot ? a.slot < b.slot : better(a, b); });
  const auto rest = std::ranges::unique(hits_, {}, &Hit::slot);
  hits_.erase(rest.begin(), rest.end());
  std::ranges::sort(hits_, better);
  if (hits_.size() > k_) hits_.resize(k_);
  return std::move(hits_);
}

}  // namespace nozama
