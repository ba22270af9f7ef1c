#include "index/facets.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "index/column_kernels.h"
#include "index/columns.h"

namespace nozama {
namespace {

std::unexpected<Error> bad_facet(std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_facet", std::move(message)); }

void count_keywords(const KeywordColumn& column, const SlotSet& slots, size_t top, int64_t total, Facet& facet) {
  std::vector<int64_t> counts(column.keywords());
  facet.without = total - column.count(slots, counts);
  std::vector<uint32_t> present;
  for (uint32_t keyword = 0; keyword < counts.size(); ++keyword) {
    if (counts[keyword] > 0) present.push_back(keyword);
  }
  facet.distinct = std::ssize(present);
  const auto comes_before = [&](uint32_t a, uint32_t b) { return counts[a] != counts[b] ? counts[a] > counts[b] : column.text(a) < column.text(b); };
  const size_t shown = std::min(top, present.size());
  std::ranges::partial_sort(present, present.begin() + static_cast<std::ptrdiff_t>(shown), comes_before);
  for (size_t i = 0; i < shown; ++i) facet.values.push_back({std::string(column.text(present[i])), counts[present[i]]});
}

void count_buckets(std::vector<double> values, Facet& facet) {
  if (values.empty()) return;
  const auto [least, greatest] = std::ranges::minmax(values);
  const std::vector<double> bounds = bucket_bounds(least, greatest);
  for (size_t i = 0; i + 1 < bounds.size(); ++i) facet.buckets.push_back({bounds[i], bounds[i + 1], 0});
  constexpr size_t kAtOnce = 64;
  values.resize((values.size() + kAtOnce - 1) / kAtOnce * kAtOnce, std::numeric_limits<double>::quiet_NaN());  // in no bucket
  for (FacetBucket& bucket : facet.buckets) {
    const double highest = std::nextafter(bucket.high, bucket.low);
    for (size_t i = 0; i < values.size(); i += kAtOnce) bucket.count += std::popcount(column_kernels().in_range(values.data() + i, bucket.low, highest));
  }
}

void count_booleans(const std::vector<double>& values, Facet& facet) {
  const auto count = std::ranges::count(values, 1.0);
  facet.values = {{"false", std::ssize(values) - count}, {"true", count}};
  std::erase_if(facet.values, [](const FacetValue& value) { return value.count == 0; });
  facet.distinct = std::ssize(facet.values);
  std::ranges::stable_sort(facet.values, std::greater{}, &FacetValue::count);
}

bool is_boolean(const Columns& columns, const std::string& name) {
  const auto specs = columns.specs();
  return std::ranges::any_of(specs, [&name](const ColumnSpec& spec) { return spec.name == name && spec.type == ColumnType::kBool; });
}

// 1, 2 or 5 times a power of ten; the least that is not below `step`.
double round_up(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step) return factor * power;
  }
  return 10 * power;
}

std::vector<double> even_bounds(double least, double greatest) {
  const double step = round_up(std::max((greatest - least) / 10, std::max(std::abs(least), std::abs(greatest)) * 1e-9 + 1e-9));
  const double first = std::floor(least / step);
  std::vector<double> bounds = {std::min(first * step, least)};
  for (double i = 1; bounds.back() <= greatest || bounds.size() == 1; ++i) bounds.push_back((first + i) * step);
  return bounds;
}

std::vector<double> growing_bounds(double least, double greatest) {
  std::vector<double> bounds = {0};
  const double lowest = std::max(least, greatest / 1e6);
  for (double power = std::pow(10.0, std::floor(std::log10(lowest)));; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double bound = factor * power;
      if (bound <= least) bounds.clear();
      bounds.push_back(bound);
      if (bound > greatest) return bounds;
    }
  }
}

}  // namespace

Result<std::vector<FacetRequest>> parse_facets(std::string_view text) {
  std::vector<FacetRequest> requests;
  while (true) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    const size_t colon = std::min(item.rfind(':'), item.size());
    FacetRequest request{std::string(item.substr(0, colon))};
    const std::string_view top = item.substr(std::min(colon + 1, item.size()));
    const auto parsed = std::from_chars(top.data(), top.data() + top.size(), request.top);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == top.data() + top.size();
    if (request.column.empty() || (colon < item.size() && !is_number)) {
      return bad_facet(fmt::format("'{}' is not a column such as brand, or brand:20 for 20 values", item.substr(0, 100)));
    }
    requests.push_back(std::move(request));
    if (comma == text.size()) return requests;
    text.remove_prefix(comma + 1);
  }
}

Status check_facets(const Columns& columns, std::span<const FacetRequest> requests) {
  if (requests.size() > kFacetsMax) return bad_facet(fmt::format("{} facets are asked for; at most {} are counted", requests.size(), kFacetsMax));
  for (const FacetRequest& request : requests) {
    if (columns.keywords(request.column) == nullptr && columns.numbers(request.column) == nullptr) {
      return bad_facet(fmt::format("there is no column '{}' to count by", request.column.substr(0, 100)));
    }
    if (request.top == 0 || request.top > kFacetTopMax)
      return bad_facet(fmt::format("the values of a facet are from 1 to {}, not {}", kFacetTopMax, request.top));
  }
  return {};
}

FacetCounts count_facets(const Columns& columns, const SlotSet& slots, std::span<const FacetRequest> requests) {
  FacetCounts counts;
  counts.total = static_cast<int64_t>(slots.count());
  for (const FacetRequest& request : requests) {
    Facet& facet = counts.facets.emplace_back();
    facet.column = request.column;
    if (const KeywordColumn* keywords = columns.keywords(request.column)) {
      count_keywords(*keywords, slots, request.top, counts.total, facet);
      continue;
    }
    std::vector<double> values = columns.numbers(request.column)->values_of(slots);
    facet.without = counts.total - std::ssize(values);
    is_boolean(columns, request.column) ? count_booleans(values, facet) : count_buckets(std::move(values), facet);
  }
  return counts;
}

std::vector<double> bucket_bounds(double least, double greatest) {
  return least >= 0 && greatest > 10 * least && greatest > 10 ? growing_bounds(least, greatest) : even_bounds(least, greatest);
}

}  // namespace nozama
