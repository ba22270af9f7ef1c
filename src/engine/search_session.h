// The steps of one search, apart from who asks and what becomes of the answer: search and evaluation take the same ones.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/live_index.h"
#include "engine/search.h"

namespace nozama {

class Encoder;

// The photo, or the part of it that is wanted, with no more pixels than the encoder needs.
Result<Image> decode_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop);

// Photo bytes → embedding; fills the decode and encode times.
Result<std::vector<float>> embed_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop, StageTimings& timings);

enum class Gate { kSoft, kNone, kHard };

// Where to look: the partitions and their weights for an embedding. Empty = everywhere.
struct GatedSearch {
  std::vector<CategoryProbability> probabilities;  // most probable first; empty without a head
  std::vector<PartitionWeight> partitions;
};
GatedSearch gate_embedding(const Live& live, std::span<const float> embedding, Gate gate);
// The same for probabilities from elsewhere (a head that has not seen the picture); empty = no head.
GatedSearch gate_probabilities(const Live& live, std::vector<CategoryProbability> probabilities, Gate gate);
// Most probable first; empty without a head.
std::vector<CategoryProbability> category_probabilities(const ServingModel& model, std::span<const double> of_class);

// The most probable value of each attribute that has a head, where it is more likely right than wrong.
std::vector<AttributeGuess> guess_attributes(const ServingModel& model, std::span<const float> embedding);

// `vector`: in the space of the index, as live.model->projection makes it. One without any direction resembles nothing: no hits.
Result<std::vector<Neighbour>> search_vector(const Live& live, std::span<const float> vector, NeighbourQuery query);
// The same in both modes of the index.
Result<BothModes> search_in_both_modes(const Live& live, std::span<const float> vector, NeighbourQuery query);
// Of all products that it would find; none for such a vector.
Result<FacetCounts> count_vector(const Live& live, std::span<const float> vector, NeighbourQuery query, std::span<const FacetRequest> facets);

// search_vector() of the embedding's vector.
Result<std::vector<Neighbour>> search_embedding(const Live& live, std::span<const float> embedding, const NeighbourQuery& query);

}  // namespace nozama
