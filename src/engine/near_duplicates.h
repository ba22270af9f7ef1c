// Pictures that are the same one but for quality, size, brightness or a trimmed edge: found, grouped, reported, collapsed.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/records.h"
#include "engine/search.h"
#include "index/vector_index.h"

namespace nozama {

class Catalog;

// When two pictures are one; all must hold. Chosen on altered copies and recoloured variants of the sample shop and on the
// clothing photographs: see docs/near_duplicates.md.
struct DuplicateThresholds {
  static constexpr int kHashBitsMax = 10;
  static constexpr double kColourMax = 0.06;
  static constexpr double kContrastMax = 1.2;  // and at least 1 / 1.2
  static constexpr double kPatternMax = 0.02;
  static constexpr double kCosineMin = 0.88;     // of embeddings; small and strongly compressed copies have the least
  static constexpr int kHashBitsNear = 4;        // a hash further away than this
  static constexpr double kCosineFarMin = 0.95;  // needs embeddings this near
};

struct DuplicateReport {
  int64_t compared = 0;  // pictures that were new to the comparison
  int64_t groups = 0;    // of near-identical pictures that several products show
  int64_t products = 0;  // those products
  int64_t repeated = 0;  // pictures that repeat another one of the same product, and of no other
  struct Example {
    std::vector<std::string> product_ids;  // at least two
    std::string picture_hash;
  };
  std::vector<Example> examples;  // the largest groups first
  double seconds = 0;
};

// Compares what was imported since the last call with everything else and stores the groups. Pictures of different variants
// of one product are never taken for one. Stopped on request, it stores nothing and the next call does it all.
Status update_duplicate_groups(Catalog& catalog, const std::string& encoder_id, DuplicateReport& report, const std::stop_token& stop);

// What is stored now.
Result<DuplicateReport> report_duplicates(Catalog& catalog, size_t examples_max = 10);

// Both, for the serving encoder: what an import ends with.
Result<DuplicateReport> refresh_duplicates(Catalog& catalog, const std::stop_token& stop);

// "2 groups of products share a near-identical picture (5 products), such as a, b; …", or "" when there are none.
std::string describe(const DuplicateReport& report);

// Keeps the best-ranked product of each group. What it stands for, best first, is keyed by the product that is kept.
using Collapsed = std::unordered_map<ProductId, std::vector<ProductId>>;
Collapsed collapse_duplicates(std::vector<Neighbour>& hits);

// Fills `duplicates` of the results that stand for others.
Status name_duplicates(Catalog& catalog, const Collapsed& collapsed, std::vector<SearchHit>& results);

}  // namespace nozama
