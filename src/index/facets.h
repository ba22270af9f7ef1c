// How the products of a result spread over the values of a column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "index/slot_set.h"

namespace nozama {

class Columns;

struct FacetRequest {
  std::string column;
  size_t top = 10;  // values of a column of keywords; at most kFacetTopMax
};
inline constexpr size_t kFacetTopMax = 100;
inline constexpr size_t kFacetsMax = 20;

struct FacetValue {
  std::string value;  // "true" and "false" of booleans
  int64_t count = 0;
  bool operator==(const FacetValue&) const = default;
};

// low ≤ value < high.
struct FacetBucket {
  double low = 0, high = 0;
  int64_t count = 0;
  bool operator==(const FacetBucket&) const = default;
};

struct Facet {
  std::string column;
  std::vector<FacetValue> values;    // of keywords and booleans: greatest count first, then by value
  int64_t distinct = 0;              // values there are, also beyond the top
  std::vector<FacetBucket> buckets;  // of numbers: ascending, side by side
  int64_t without = 0;               // products that have no value
};

// What search results are counted by, and how many there are.
struct FacetCounts {
  int64_t total = 0;
  std::vector<Facet> facets;  // in the order they were asked for
};

// "brand,category:20,price": names, with the number of values where it is not 10. kInvalidArgument "bad_facet".
Result<std::vector<FacetRequest>> parse_facets(std::string_view text);

// kInvalidArgument "bad_facet": a column that there is not, more than kFacetsMax, or a top of 0 or more than kFacetTopMax.
Status check_facets(const Columns& columns, std::span<const FacetRequest> requests);

// Exact, for the slots of the set. The requests are checked.
FacetCounts count_facets(const Columns& columns, const SlotSet& slots, std::span<const FacetRequest> requests);

// Bounds of buckets for values from `least` to `greatest`, ascending: steps of 1, 2 or 5 times a power of ten, at most 11 of
// them; where the greatest is more than ten times the least, 1, 2, 5, 10, 20, 50 … over at most six powers of ten.
std::vector<double> bucket_bounds(double least, double greatest);

}  // namespace nozama
