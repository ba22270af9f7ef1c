#include "engine/evaluation_search.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/clock.h"
#include "engine/search_session.h"

namespace nozama {
namespace {

constexpr size_t kShown = 30;

struct Found {
  GateOutcome outcome;
  std::vector<Neighbour> hits;  // the whole order, the query's own product at its rank
  bool refused = false;
};

// What the index would give for the product without the query's own picture.
std::optional<Neighbour> own_product(const Live& live, const EvaluationQuery& query, const std::vector<PartitionWeight>& partitions) {
  const auto searched = std::ranges::find(partitions, query.category, &PartitionWeight::partition);
  if (query.other_pictures.empty() || (!partitions.empty() && searched == partitions.end())) return std::nullopt;
  const std::vector<float> vector = live.model->projection.apply(query.embedding);
  Neighbour own{query.product, {}, query.category, -1, 0};
  for (const std::vector<float>& other : query.other_pictures) {
    own.similarity = std::max(own.similarity, std::inner_product(vector.begin(), vector.end(), other.begin(), 0.0F));
  }
  own.score = own.similarity + (partitions.empty() ? 0 : searched->weight);
  return own;
}

Result<Found> search_gated(const Live& live, const EvaluationQuery& query, const std::vector<CategoryProbability>& probabilities, Gate gate) {
  const size_t everything = live.index->stats().products;
  Found found;
  const Stopwatch watch;
  const GatedSearch gated = gate_probabilities(live, probabilities, gate);
  NeighbourQuery neighbours;
  neighbours.partitions = gated.partitions;
  neighbours.k = SearchLimits::kCountedMax;
  const std::span<const ProductId> own(&query.product, query.own_picture ? 1 : 0);
  neighbours.exclude = own;
  auto hits = search_embedding(live, query.embedding, neighbours);
  if (!hits) return propagate(hits);
  found.outcome.search_ms = watch.elapsed_ms();
  neighbours.k = std::max<size_t>(1, everything);
  hits = search_embedding(live, query.embedding, neighbours);
  if (!hits) return propagate(hits);
  if (query.own_picture) {
    const auto own_hit = own_product(live, query, gated.partitions);
    if (own_hit) hits->insert(std::ranges::lower_bound(*hits, own_hit->score, std::greater(), &Neighbour::score), *own_hit);
  }
  const auto place = std::ranges::find(*hits, query.product, &Neighbour::product);
  found.outcome.rank = place == hits->end() ? 0 : place - hits->begin() + 1;
  found.hits = std::move(*hits);
  const double best = found.hits.empty() ? 0 : live.model->parameters.calibration.score(static_cast<double>(found.hits.front().score));
  found.refused = best < live.model->parameters.min_score;
  return found;
}

RankedRelevance first_by_category(const std::vector<Neighbour>& hits, const Gallery& gallery, const EvaluationQuery& query) {
  RankedRelevance ranked;
  const auto products = gallery.products_in.find(query.category.value);
  ranked.relevant_total = products == gallery.products_in.end() ? 0 : products->second;
  if (query.own_picture && query.other_pictures.empty()) --ranked.relevant_total;
  for (size_t i = 0; i < std::min(kShown, hits.size()); ++i) {
    ranked.relevant.push_back(hits[i].product.value > 0 && hits[i].partition == query.category);  // distractors are of no category
  }
  return ranked;
}

void fill_guess(const EvaluationQuery& query, const std::vector<CategoryProbability>& probabilities, QueryOutcome& outcome) {
  if (probabilities.empty()) return;
  outcome.has_guess = true;
  outcome.guess = probabilities.front().category;
  outcome.confidence = probabilities.front().probability;
  const auto first_3 = std::span(probabilities).first(std::min<size_t>(3, probabilities.size()));
  outcome.among_first_3 = std::ranges::find(first_3, query.category, &CategoryProbability::category) != first_3.end();
}

}  // namespace

Result<QueryOutcome> search_with_each_gate(const Live& live, const Gallery& gallery, const EvaluationQuery& query) {
  QueryOutcome outcome;
  outcome.name = query.name;
  outcome.product_id = query.product_id;
  outcome.photo = query.photo;
  outcome.picture = query.picture;
  outcome.product = query.product;
  outcome.category = query.category;
  outcome.altered = query.altered;
  outcome.findable = !query.own_picture || !query.other_pictures.empty();
  std::vector<CategoryProbability> probabilities = query.probabilities;
  if (probabilities.empty()) probabilities = gate_embedding(live, query.embedding, Gate::kNone).probabilities;
  fill_guess(query, probabilities, outcome);
  const auto soft = search_gated(live, query, probabilities, Gate::kSoft);
  if (!soft) return propagate(soft);
  const auto none = search_gated(live, query, probabilities, Gate::kNone);
  if (!none) return propagate(none);
  const auto hard = search_gated(live, query, probabilities, Gate::kHard);
  if (!hard) return propagate(hard);
  outcome.soft = soft->outcome;
  outcome.none = none->outcome;
  outcome.hard = hard->outcome;
  outcome.refused = soft->refused;
  outcome.by_category = first_by_category(soft->hits, gallery, query);
  if (!soft->hits.empty()) outcome.first_found = soft->hits.front().product;
  return outcome;
}

}  // namespace nozama
