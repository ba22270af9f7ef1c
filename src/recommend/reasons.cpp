#include "recommend/reasons.h"

#include <algorithm>

namespace nozama {
namespace {

bool similar_price(const ComparedFacts& subject, const ComparedFacts& result, double times) {
  if (!subject.price_minor || !result.price_minor || subject.currency != result.currency) return false;
  const auto [low, high] = std::minmax(*subject.price_minor, *result.price_minor);
  return low > 0 && static_cast<double>(high) <= times * static_cast<double>(low);
}

}  // namespace

std::vector<std::string> reasons_for(const ComparedFacts& subject, const ComparedFacts& result, const Likeness& likeness, const ReasonThresholds& thresholds) {
  std::vector<std::string> reasons;
  const auto add_if = [&reasons](bool holds, const char* slug) {
    if (holds) reasons.emplace_back(slug);
  };
  const bool one_colour = !result.colours.empty() && std::ranges::find(subject.colours, result.colours.front()) != subject.colours.end();
  add_if(likeness.similarity >= thresholds.nearly_identical, "nearly_identical");
  add_if(subject.category.value != 0 && subject.category == result.category, "same_category");
  add_if(likeness.score >= thresholds.similar_shape, "similar_shape");
  add_if(one_colour, "same_colour");
  add_if(!subject.brand.empty() && subject.brand == result.brand, "same_brand");
  add_if(similar_price(subject, result, thresholds.similar_price), "similar_price");
  return reasons;
}

}  // namespace nozama
