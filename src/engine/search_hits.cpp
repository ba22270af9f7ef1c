#include "engine/search_hits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "recommend/diversity.h"

namespace nozama {
namespace {

// As far as a cap on brands makes a search go for one page.
constexpr size_t kLookedAtMax = 20'000;

bool reaches(const Live& live, double least_score, const Neighbour& hit) {
  return live.model->parameters.calibration.score(static_cast<double>(hit.score)) >= least_score;
}

// The least number that the calibration brings to `score`: as exact as reaches().
float uncalibrated(const ScoreCalibration& calibration, double score) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float below = -8, from = 8;  // no similarity with its weight is out there
  if (calibration.score(static_cast<double>(below)) >= score) return -kInfinity;
  if (calibration.score(static_cast<double>(from)) < score) return kInfinity;
  while (std::nextafter(below, kInfinity) < from) {
    const float middle = below + (from - below) / 2;
    const float next = middle > below && middle < from ? middle : std::nextafter(below, kInfinity);
    (calibration.score(static_cast<double>(next)) >= score ? from : below) = next;
  }
  return from;
}

// Who lowers the threshold, and who found nothing, wants to see everything there is.
bool wants_all(const Live& live, const SearchQuery& query, double least_score, const std::vector<Neighbour>& hits) {
  if (query.category || query.hard_gate) return false;
  return query.min_score || hits.empty() || !reaches(live, least_score, hits.front());
}

// The gate orders, it does not hide: what lies outside the likely categories follows after what lies inside.
Status add_from_elsewhere(const Live& live, std::span<const float> vector, NeighbourQuery query, std::vector<Neighbour>& hits) {
  std::vector<ProductId> seen(query.exclude.begin(), query.exclude.end());
  for (const Neighbour& hit : hits) seen.push_back(hit.product);
  query.k -= hits.size();
  query.partitions.clear();
  query.exclude = seen;
  auto others = search_vector(live, vector, query);
  if (!others) return propagate(others);
  const float last = hits.empty() ? std::numeric_limits<float>::infinity() : hits.back().score;
  for (Neighbour& other : *others) {
    other.score = std::min(other.score, last);
    hits.push_back(std::move(other));
  }
  return {};
}

// The hits of one k, and where all that reach the least score are.
Result<FoundHits> find_up_to(const Live& live, const SearchQuery& query, const HitSearch& search) {
  const auto& [vector, least_score, neighbours, wished] = search;
  auto hits = search_vector(live, vector, neighbours);
  if (!hits) return propagate(hits);
  FoundHits found{std::move(*hits), {}, neighbours};
  found.all.min_score = uncalibrated(live.model->parameters.calibration, least_score);
  if (neighbours.partitions.empty() || found.hits.size() >= neighbours.k || !wants_all(live, query, least_score, found.hits)) return found;
  // A hit from elsewhere is never shown with a better score than the last one from here.
  if (found.hits.empty() || reaches(live, least_score, found.hits.back())) {
    for (const CategoryId partition : live.index->partitions()) {
      if (std::ranges::find(neighbours.partitions, partition, &PartitionWeight::partition) == neighbours.partitions.end())
        found.all.partitions.push_back({partition, 0});
    }
  }
  const Status added = add_from_elsewhere(live, vector, neighbours, found.hits);
  if (!added) return propagate(added);
  return found;
}

void keep_within_cap(std::vector<Neighbour>& hits, size_t most) {
  std::vector<std::string> brands;
  for (const Neighbour& hit : hits) {
    const auto& keywords = hit.attributes.keywords;
    const auto brand = std::ranges::find(keywords, "brand", &std::pair<std::string, std::string>::first);
    brands.push_back(brand == keywords.end() ? "" : brand->second);
  }
  const std::vector<bool> kept = within_cap(brands, most);
  size_t position = 0;
  std::erase_if(hits, [&](const Neighbour&) { return !kept[position++]; });
}

// The first that reach the least score; always the same ones, so that pages fit together.
void diversify(const Live& live, double diversity, double least_score, std::vector<Neighbour>& hits) {
  std::vector<DiverseCandidate> candidates;
  for (const Neighbour& hit : hits) {
    if (candidates.size() == SearchLimits::kCountedMax || !reaches(live, least_score, hit)) break;
    candidates.push_back({static_cast<double>(hit.score), hit.vector});
  }
  std::vector<Neighbour> ordered;
  for (const size_t i : by_marginal_relevance(candidates, diversity)) ordered.push_back(hits[i]);
  std::ranges::move(ordered, hits.begin());
}

}  // namespace

Result<FoundHits> find_hits(const Live& live, const SearchQuery& query, HitSearch search) {
  NeighbourQuery& neighbours = search.neighbours;
  neighbours.details = neighbours.details || query.max_per_brand || query.diversity > 0;
  const auto wanted = static_cast<size_t>(query.offset) + static_cast<size_t>(query.limit);
  for (neighbours.k = std::max<size_t>(SearchLimits::kCountedMax, wanted);; neighbours.k *= 4) {
    auto found = find_up_to(live, query, search);
    if (!found) return propagate(found);
    std::vector<Neighbour>& hits = found->hits;
    const bool is_more = hits.size() >= neighbours.k && neighbours.k < kLookedAtMax && reaches(live, search.least_score, hits.back());
    if (search.wished != nullptr) {
      const Status ordered = prefer_wished(live, search.vector, *search.wished, neighbours, found->all.min_score, hits);
      if (!ordered) return propagate(ordered);
    }
    if (query.collapse) found->collapsed = collapse_duplicates(hits);
    if (query.max_per_brand) {
      keep_within_cap(hits, static_cast<size_t>(*query.max_per_brand));
      if (is_more && hits.size() < std::max<size_t>(SearchLimits::kCountedMax, wanted)) continue;
    }
    if (query.diversity > 0) diversify(live, query.diversity, search.least_score, hits);
    return found;
  }
}

Result<std::optional<FacetCounts>> count_hits(const Live& live, std::span<const float> vector, const SearchQuery& query, const NeighbourQuery& all) {
  if (query.facets.empty()) return std::optional<FacetCounts>{};
  auto counts = count_vector(live, vector, all, query.facets);
  if (!counts) return propagate(counts);
  return std::optional(std::move(*counts));
}

}  // namespace nozama
