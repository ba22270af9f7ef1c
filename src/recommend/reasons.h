// Why a result is there, in stable slugs that a page can translate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace nozama {

// What is known of the subject of a search, or of a result; what is not stays empty. The views last for the call.
struct ComparedFacts {
  CategoryId category = {};                 // {0} = unknown
  std::vector<std::string_view> colours{};  // names, largest share first
  std::string_view brand = {};              // "" = unknown
  std::optional<int64_t> price_minor = {};
  std::string_view currency = {};
};

struct Likeness {
  double similarity = 0;  // cosine
  double score = 0;       // calibrated, of the similarity alone: without the weight of the category
};

struct ReasonThresholds {
  // Of 73 pairs of pictures of the sample shop that are so alike, all 73 show one product; at 0.95 it is 94 of 100.
  double nearly_identical = 0.97;
  // The calibration was fitted on pairs of one kind and of two: above a half, the looks alone say that it is the same kind.
  double similar_shape = 0.5;
  // One price is at most so many times the other.
  double similar_price = 1.25;
};

// In this order, those that hold: nearly_identical, same_category, similar_shape, same_colour (the result's largest colour is
// one of the subject's), same_brand, similar_price (in one currency).
std::vector<std::string> reasons_for(const ComparedFacts& subject, const ComparedFacts& result, const Likeness& likeness,
                                     const ReasonThresholds& thresholds = {});

}  // namespace nozama
