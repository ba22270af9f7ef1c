#include "engine/recall_record.h"

#include <algorithm>
#include <span>
#include <unordered_set>

namespace nozama {
namespace {

constexpr int64_t kHourMs = 3'600'000;

// The first page of the answer.
std::span<const Neighbour> first_page(const std::vector<Neighbour>& hits, float least_score) {
  const auto end = std::ranges::find_if(hits, [least_score](const Neighbour& hit) { return hit.score < least_score; });
  return std::span(hits).first(std::min<size_t>(kRecallResults, static_cast<size_t>(end - hits.begin())));
}

}  // namespace

void RecallRecord::add(const BothModes& both, float least_score, bool filtered, int64_t now_ms) {
  const auto exact = first_page(both.exact, least_score);
  if (exact.empty()) return;
  std::unordered_set<ProductId> usual;
  for (const Neighbour& hit : first_page(both.usual, least_score)) usual.insert(hit.product);
  const auto expected = static_cast<int>(exact.size());
  int found = 0, first_rank = 0;
  for (int rank = 1; rank <= expected; ++rank) {
    if (usual.contains(exact[static_cast<size_t>(rank) - 1].product)) {
      ++found;
    } else if (first_rank == 0) {
      first_rank = rank;
    }
  }

  ++totals_.searches;
  totals_.expected += expected;
  totals_.found += found;
  const Search search{expected, found, both.usual_ms, both.exact_ms};
  if (newest_.size() < kWindowSearches) {
    newest_.push_back(search);
  } else {
    newest_[next_] = search;
    next_ = (next_ + 1) % kWindowSearches;
  }

  const int64_t start_ms = now_ms / kHourMs * kHourMs;
  if (hours_.empty() || hours_.back().start_ms != start_ms) hours_.push_back({.start_ms = start_ms});
  if (hours_.size() > kHours) hours_.pop_front();
  RecallFigures::Hour& hour = hours_.back();
  ++hour.searches;
  hour.expected += expected;
  hour.found += found;

  if (found == expected) return;
  misses_.push_front({now_ms, expected, expected - found, first_rank, filtered});
  if (misses_.size() > kMisses) misses_.pop_back();
}

RecallFigures::Window RecallRecord::window() const {
  RecallFigures::Window window;
  if (newest_.empty()) return window;
  int64_t expected = 0, found = 0;
  std::vector<double> usual, exact;
  for (const Search& search : newest_) {
    expected += search.expected;
    found += search.found;
    usual.push_back(search.usual_ms);
    exact.push_back(search.exact_ms);
  }
  window.searches = static_cast<int64_t>(newest_.size());
  window.recall = static_cast<double>(found) / static_cast<double>(expected);
  window.interval = wilson_interval(window.recall, window.searches);
  window.usual = {percentile(usual, 0.5), percentile(usual, 0.99)};
  window.exact = {percentile(exact, 0.5), percentile(exact, 0.99)};
  return window;
}

RecallFigures RecallRecord::figures() const {
  RecallFigures figures = totals_;
  figures.window = window();
  figures.hours.assign(hours_.begin(), hours_.end());
  figures.misses.assign(misses_.begin(), misses_.end());
  return figures;
}

}  // namespace nozama
