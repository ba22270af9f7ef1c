// What a shopper asks and what the shop answers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "catalog/records.h"
#include "engine/curation_rules.h"
#include "engine/text_wishes.h"
#include "image/image.h"
#include "index/facets.h"

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
  static constexpr size_t kTextBytesMax = 200;
  static constexpr size_t kLikedMax = 20;  // and as many disliked
  static constexpr int kCountedMax = 200;
  static constexpr int kExplainedMax = 10;  // each costs a forward pass
};

struct SearchQuery {
  SearchSubject subject;
  std::optional<CropBox> crop;          // of a photo only
  std::optional<std::string> category;  // slug; absent = automatic, "all" = everywhere
  int limit = SearchLimits::kLimitDefault;
  int offset = 0;
  std::optional<double> min_score;   // 0..1; absent = the fitted default
  std::vector<std::string> exclude;  // external product ids
  std::optional<std::string> text;   // what else is wished for, see text_wishes.h
  std::vector<std::string> like;     // external product ids that the results should be like
  std::vector<std::string> dislike;  // and unlike; they are not shown
  std::string lang = "en";
  std::optional<std::string> filter;  // see index/filter_language.h
  std::vector<FacetRequest> facets;   // to count the result by
  std::optional<int> max_per_brand;   // most results of one brand
  double diversity = 0;               // 0 = by score; 1 = as different from each other as can be
  bool collapse = true;               // of products with near-identical main pictures, show the best one
  bool explain = false;               // add heat maps; at most kExplainedMax results then
  bool hard_gate = false;             // search the most probable category only: for comparison in `eval`
  ReadyRules rules = nullptr;         // instead of the shop's: for previews
};

struct CategoryGuess {
  std::string slug;
  std::string name;
  double probability = 0;  // calibrated
};

struct AttributeGuess {
  std::string name, value;
  double probability = 0;  // calibrated
};

struct StageTimings {
  double decode_ms = 0, encode_ms = 0, search_ms = 0, rank_ms = 0, total_ms = 0;
};

// A part of the photo that can be searched by itself, with its vector.
struct PhotoRegion {
  CropBox box;  // of the upright photo
  double score = 0;
  std::string vector;
};

// width × height numbers from 0 to 1, row-major, over `box` of a picture.
struct HeatGrid {
  CropBox box;
  int width = 0, height = 0;
  std::vector<float> values;
};

// What of the query and of the product's picture made them alike.
struct HeatMap {
  std::optional<HeatGrid> query;    // of a photo only
  std::optional<HeatGrid> product;  // absent when the picture cannot be read any more
  std::string picture_hash;         // the product's picture
};

struct SearchHit {
  ProductCard product;
  double score = 0;                     // calibrated, 0..1
  std::vector<std::string> duplicates;  // external ids of the products that this one stands for, best first
  std::vector<std::string> reasons;     // stable slugs, see recommend/reasons.h
  bool pinned = false;                  // by a rule of the shop's, see catalog/curation.h
  std::optional<HeatMap> heat_map;      // when it was asked for and the encoder has feature maps
};

struct ListQuery {
  ProductListQuery page = {};
  // With one of these, the list is of the products that searches can find: those with a picture.
  std::optional<std::string> filter = {};
  std::vector<FacetRequest> facets = {};
  std::vector<ProductId> leading = {};  // shown apart: counted by facets, but not listed
  ReadyRules rules = nullptr;           // instead of the shop's: for previews
};

struct ListAnswer {
  ProductPage page;
  std::optional<FacetCounts> facets = {};  // when they were asked for
  std::vector<ProductId> pinned = {};      // products of the page that a rule has put there
};

struct SearchAnswer {
  std::string vector;                      // opaque, URL-safe; outlives retraining, not a change of encoder
  std::vector<CategoryGuess> categories;   // most probable first; empty without a trained head
  std::optional<CategoryGuess> category;   // the most specific one that is sure enough, often above the first of `categories`
  std::vector<AttributeGuess> attributes;  // those that are more likely right than wrong
  std::vector<ColourRecord> colours;       // of what stands out in the photo, largest share first
  std::vector<PhotoRegion> regions;        // of the photo, highest score first
  TextWishes wishes;                       // as the text was understood
  StageTimings timings;
  bool explained = false;             // heat maps were asked for
  std::vector<SearchHit> results;     // best first
  int64_t total = 0;                  // hits at or above min_score, before paging; counted up to kCountedMax or the end of the page
  double min_score = 0;               // the threshold that was applied
  bool refused = false;               // nothing reached min_score
  std::optional<FacetCounts> facets;  // when they were asked for, of all products that reach min_score
  int nearest_available = 0;          // hits the same query with min_score 0 would give, at most `limit`
};

}  // namespace nozama
