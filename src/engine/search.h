// What a shopper asks and what the shop answers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "catalog/records.h"
#include "image/image.h"

namespace nozama {

struct PhotoSubject {
  std::span<const std::byte> bytes;  // an encoded picture, borrowed for the call
};
struct ProductSubject {
  std::string external_id;
};
struct VectorSubject {
  std::string text;  // the opaque `query.vector` of an earlier answer
};
using SearchSubject = std::variant<PhotoSubject, ProductSubject, VectorSubject>;

struct SearchLimits {
  static constexpr int kLimitDefault = 30;
  static constexpr int kLimitMax = 100;
  static constexpr int kOffsetMax = 1000;
  static constexpr size_t kExcludeMax = 1000;
  static constexpr int kCountedMax = 200;
};

struct SearchQuery {
  SearchSubject subject;
  std::optional<CropBox> crop;          // of a photo only
  std::optional<std::string> category;  // slug; absent = automatic, "all" = everywhere
  int limit = SearchLimits::kLimitDefault;
  int offset = 0;
  std::optional<double> min_score;   // 0..1; absent = the fitted default
  std::vector<std::string> exclude;  // external product ids
  std::string lang = "en";
  std::optional<std::string> filter;  // see filter_language.h
  bool collapse = true;               // of products with near-identical main pictures, show the best one
  bool hard_gate = false;             // search the most probable category only: for comparison in `eval`
};

struct CategoryGuess {
  std::string slug;
  std::string name;
  double probability = 0;  // calibrated
};

struct StageTimings {
  double decode_ms = 0, encode_ms = 0, search_ms = 0, rank_ms = 0, total_ms = 0;
};

struct SearchHit {
  ProductCard product;
  double score = 0;                     // calibrated, 0..1
  std::vector<std::string> duplicates;  // external ids of the products that this one stands for, best first
  std::vector<std::string> reasons;     // stable slugs: "same_category", "nearly_identical" …
};

struct SearchAnswer {
  std::string vector;                     // opaque, URL-safe; outlives retraining, not a change of encoder
  std::vector<CategoryGuess> categories;  // most probable first; empty without a trained head
  StageTimings timings;
  std::vector<SearchHit> results;  // best first
  int64_t total = 0;               // hits at or above min_score, before paging; counted up to kCountedMax or the end of the page
  double min_score = 0;            // the threshold that was applied
  bool refused = false;            // nothing reached min_score
  int nearest_available = 0;       // hits the same query with min_score 0 would give, at most `limit`
};

}  // namespace nozama
