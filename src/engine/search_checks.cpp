#include "engine/search_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace nozama {

Status check_query(const SearchQuery& query) {
  const auto outside = [](auto value, auto low, auto high) { return !(value >= low && value <= high); };
  if (outside(query.limit, 1, SearchLimits::kLimitMax)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("limit is {}, but must be from 1 to {}", query.limit, SearchLimits::kLimitMax));
  }
  if (outside(query.offset, 0, SearchLimits::kOffsetMax)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("offset is {}, but must be from 0 to {}", query.offset, SearchLimits::kOffsetMax));
  }
  if (query.min_score && outside(*query.min_score, 0.0, 1.0)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("min_score is {}, but must be from 0 to 1", *query.min_score));
  }
  if (query.exclude.size() > SearchLimits::kExcludeMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter",
                fmt::format("exclude has {} ids; at most {} are taken", query.exclude.size(), SearchLimits::kExcludeMax));
  }
  if (query.like.size() > SearchLimits::kLikedMax || query.dislike.size() > SearchLimits::kLikedMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter",
                fmt::format("like has {} ids and dislike {}; at most {} of each are taken", query.like.size(), query.dislike.size(), SearchLimits::kLikedMax));
  }
  for (const std::string& id : query.like) {
    if (std::ranges::find(query.dislike, id) == query.dislike.end()) continue;
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("product '{}' is in both like and dislike", id.substr(0, 200)));
  }
  if (query.text && query.diversity > 0) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", "text and diversity each put the results in an order of their own: give one of them");
  }
  if (query.max_per_brand && outside(*query.max_per_brand, 1, SearchLimits::kLimitMax)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter",
                fmt::format("max_per_brand is {}, but must be from 1 to {}", *query.max_per_brand, SearchLimits::kLimitMax));
  }
  if (outside(query.diversity, 0.0, 1.0)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("diversity is {}, but must be from 0 to 1", query.diversity));
  }
  if (query.explain && query.limit > SearchLimits::kExplainedMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter",
                fmt::format("limit is {}, but must be from 1 to {} with explain; page with offset", query.limit, SearchLimits::kExplainedMax));
  }
  if (query.crop && !std::holds_alternative<PhotoSubject>(query.subject)) {
    return fail(ErrorCode::kInvalidArgument, "bad_crop", "crop is a part of a photo; it cannot go with product_id or vector");
  }
  return {};
}

}  // namespace nozama
