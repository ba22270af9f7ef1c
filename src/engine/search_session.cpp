#include "engine/search_session.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.h"
#include "image/decode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

// A crop keeps a part of the picture, so the whole has to be decoded that much larger.
int decode_hint(const Encoder& encoder, const std::optional<CropBox>& crop) {
  if (!crop) return encoder.info().resize_side();
  return static_cast<int>(std::ceil(encoder.info().resize_side() / std::max(0.01, std::min(crop->w, crop->h))));
}

// Categories that were taught as one above them are searched where that one is, with its weight.
void add_backed_off(const ServingModel& model, std::vector<PartitionWeight>& partitions) {
  if (model.backed_off.empty()) return;
  std::unordered_map<int64_t, float> weight_of;
  for (const PartitionWeight& partition : partitions) weight_of.emplace(partition.partition.value, partition.weight);
  for (const BackedOffCategory& one : model.backed_off) {
    const auto searched = weight_of.find(one.taught_as);
    if (searched != weight_of.end()) partitions.push_back({CategoryId{one.category}, searched->second});
  }
}

// Categories that the head has never seen cannot be ruled out by it: they are searched with the least weight.
void add_unknown_partitions(const Live& live, std::vector<PartitionWeight>& partitions) {
  const float least = partitions.empty() ? 0.0F : partitions.back().weight;
  std::unordered_set<int64_t> known(live.model->head->class_ids.begin(), live.model->head->class_ids.end());
  for (const BackedOffCategory& one : live.model->backed_off) known.insert(one.category);
  for (const CategoryId id : live.index->partitions()) {
    if (!known.contains(id.value)) partitions.push_back({id, least});
  }
}

bool is_zero(std::span<const float> vector) {
  return std::ranges::all_of(vector, [](float value) { return value == 0; });
}

}  // namespace

Result<Image> decode_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop_box) {
  auto image = decode_image(bytes, {}, decode_hint(encoder, crop_box));
  if (image && crop_box) image = crop(*image, *crop_box);
  return image;
}

Result<std::vector<float>> embed_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop_box,
                                       StageTimings& timings) {
  Stopwatch watch;
  auto image = decode_photo(encoder, bytes, crop_box);
  if (!image) return propagate(image);
  timings.decode_ms = watch.lap_ms();
  auto encoding = encoder.encode(*image);
  if (!encoding) return propagate(encoding);
  timings.encode_ms = watch.lap_ms();
  return std::move(encoding->embedding);
}

std::vector<CategoryProbability> category_probabilities(const ServingModel& model, std::span<const double> of_class) {
  std::vector<CategoryProbability> categories;
  for (size_t i = 0; i < of_class.size(); ++i) categories.push_back({{model.head->class_ids[i]}, of_class[i]});
  std::stable_sort(categories.begin(), categories.end(), [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return categories;
}

std::vector<AttributeGuess> guess_attributes(const ServingModel& model, std::span<const float> embedding) {
  constexpr double kProbabilityMin = 0.5;  // more likely right than wrong
  std::vector<AttributeGuess> guesses;
  for (const AttributeHead& attribute : model.attribute_heads) {
    const std::vector<double> probabilities = attribute.head.probabilities(embedding);
    const auto best = std::ranges::max_element(probabilities);
    if (*best >= kProbabilityMin) guesses.push_back({attribute.name, attribute.values[static_cast<size_t>(best - probabilities.begin())], *best});
  }
  return guesses;
}

GatedSearch gate_embedding(const Live& live, std::span<const float> embedding, Gate gate) {
  if (!live.model->head) return {};
  return gate_probabilities(live, category_probabilities(*live.model, live.model->head->probabilities(embedding)), gate);
}

GatedSearch gate_probabilities(const Live& live, std::vector<CategoryProbability> probabilities, Gate gate) {
  GatedSearch gated;
  gated.probabilities = std::move(probabilities);
  if (gated.probabilities.empty()) return gated;
  if (gate == Gate::kHard) gated.partitions = {{gated.probabilities.front().category, 0.0F}};
  if (gate == Gate::kSoft) {
    gated.partitions = soft_gate(gated.probabilities, live.model->parameters.gate);
    add_unknown_partitions(live, gated.partitions);
  }
  add_backed_off(*live.model, gated.partitions);
  return gated;
}

Result<std::vector<Neighbour>> search_vector(const Live& live, std::span<const float> vector, NeighbourQuery query) {
  if (is_zero(vector)) return std::vector<Neighbour>{};
  query.vector = vector;
  return live.index->search(query);
}

Result<BothModes> search_in_both_modes(const Live& live, std::span<const float> vector, NeighbourQuery query) {
  if (is_zero(vector)) return BothModes{};
  query.vector = vector;
  return live.index->search_in_both_modes(query);
}

Result<FacetCounts> count_vector(const Live& live, std::span<const float> vector, NeighbourQuery query, std::span<const FacetRequest> facets) {
  if (is_zero(vector)) query = {.k = 0, .partitions = {{{-1}, 0}}};
  query.vector = vector;
  return live.index->count(query, facets);
}

Result<std::vector<Neighbour>> search_embedding(const Live& live, std::span<const float> embedding, const NeighbourQuery& query) {
  return search_vector(live, live.model->projection.apply(embedding), query);
}

}  // namespace nozama
