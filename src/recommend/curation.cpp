#include "recommend/curation.h"

#include <algorithm>

namespace nozama {
namespace {

// Boosted ones before those whose score they surpass. Not sorted as a whole: the order given need not be that of the scores.
std::vector<size_t> boosted_order(std::span<const CuratedCandidate> candidates, std::span<const size_t> which, const Curation& curation) {
  std::vector<size_t> order, boosted;
  std::vector<double> scores(candidates.size());
  for (const size_t i : which) {
    const auto boost = curation.boosts.find(candidates[i].product);
    scores[i] = candidates[i].score + (boost == curation.boosts.end() ? 0 : boost->second);
    (boost == curation.boosts.end() ? order : boosted).push_back(i);
  }
  std::ranges::stable_sort(boosted, [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  size_t from = 0;
  for (const size_t i : boosted) {
    const auto surpassed =
        std::find_if(order.begin() + static_cast<std::ptrdiff_t>(from), order.end(), [&](size_t other) { return scores[other] < scores[i]; });
    from = static_cast<size_t>(surpassed - order.begin()) + 1;
    order.insert(surpassed, i);
  }
  return order;
}

}  // namespace

std::vector<PlacedCandidate> curated_order(std::span<const CuratedCandidate> candidates, const Curation& curation) {
  std::unordered_map<int64_t, size_t> pin_of;
  for (const Curation::Pin& pin : curation.pins) pin_of.emplace(pin.product, pin_of.size());
  std::vector<size_t> usual;
  std::vector<std::pair<size_t, size_t>> pinned;  // the pin's number, the candidate's
  for (size_t i = 0; i < candidates.size(); ++i) {
    const auto pin = pin_of.find(candidates[i].product);
    if (pin == pin_of.end()) usual.push_back(i);
    if (pin != pin_of.end()) pinned.emplace_back(pin->second, i);
  }
  usual = boosted_order(candidates, usual, curation);
  if (curation.sink_out_of_stock) std::ranges::stable_partition(usual, [&](size_t i) { return candidates[i].in_stock; });
  std::ranges::sort(pinned, [&](const auto& a, const auto& b) {
    const size_t left = curation.pins[a.first].place, right = curation.pins[b.first].place;
    return left != right ? left < right : a.first < b.first;
  });
  std::vector<PlacedCandidate> order;
  auto next = usual.begin();
  for (const auto& [pin, candidate] : pinned) {
    while (order.size() + 1 < curation.pins[pin].place && next != usual.end()) order.push_back({*next++, false});
    order.push_back({candidate, true});
  }
  while (next != usual.end()) order.push_back({*next++, false});
  return order;
}

}  // namespace nozama
