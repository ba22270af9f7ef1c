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

// Photo bytes → embedding; fills the decode and encode times. Decodes no more pixels than the encoder needs.
Result<std::vector<float>> embed_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop, StageTimings& timings);

enum class Gate { kSoft, kNone, kHard };

// Where to look: the partitions and their weights for an embedding. Empty = everywhere.
struct GatedSearch {
  std::vector<CategoryProbability> probabilities;  // most probable first; empty without a head
  std::vector<PartitionWeight> partitions;
};
GatedSearch gate_embedding(const Live& live, std::span<const float> embedding, Gate gate);

// A photo without any direction in the projected space resembles nothing: no hits.
Result<std::vector<Neighbour>> search_embedding(const Live& live, std::span<const float> embedding, NeighbourQuery query);

}  // namespace nozama
