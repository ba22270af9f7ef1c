// What a shop knows of its products besides themselves: which go together, what shoppers did with them, and numbers that other
// programs computed of their pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace nozama {

// Its place among those of its kind is its rank.
struct RelationRecord {
  std::string kind;      // "also_bought", "also_viewed", "bought_together", "viewed_then_bought", "similar" …
  std::string other_id;  // external id; the catalogue may not have that product
  bool operator==(const RelationRecord&) const = default;
};

// One actor does one kind of thing to one product at one time.
struct EventRecord {
  std::string kind;        // "review"
  std::string product_id;  // external id; the catalogue may not have that product (yet)
  std::string actor_id;
  double value = 0;     // of a review: its stars
  int64_t time_ms = 0;  // since 1970
};

struct FeatureRecord {
  std::string product_id;             // external id
  std::vector<std::byte> half_bytes;  // encode_half()
};

struct ProductKey {
  ProductId id;
  std::string external_id;
};

struct SignalCounts {
  int64_t created = 0, updated = 0, unchanged = 0;
  int64_t skipped = 0;  // of products that the catalogue does not have
};

}  // namespace nozama
