// Random shops and the oracle that the index is tested against.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "index/fixed_point.h"
#include "index/vector_index.h"

namespace nozama {

inline constexpr size_t kDimension = 64;

inline std::vector<float> random_unit(std::mt19937& random, size_t d = kDimension) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(d);
  float length = 0;
  for (float& value : vector) {
    value = normal(random);
    length += value * value;
  }
  for (float& value : vector) value /= std::sqrt(length);
  return vector;
}

// Points around a few centres: closer to what an encoder gives than an even cloud.
inline std::vector<float> clustered_unit(std::mt19937& random, const std::vector<std::vector<float>>& centres) {
  std::vector<float> vector = random_unit(random);
  const auto& centre = centres[random() % centres.size()];
  float length = 0;
  for (size_t j = 0; j < vector.size(); ++j) {
    vector[j] = centre[j] + 0.5F * vector[j];
    length += vector[j] * vector[j];
  }
  for (float& value : vector) value /= std::sqrt(length);
  return vector;
}

inline std::vector<IndexedProduct> random_products(std::mt19937& random, int count) {
  std::vector<std::vector<float>> centres;
  for (int i = 0; i < 20; ++i) centres.push_back(random_unit(random));
  std::vector<IndexedProduct> products;
  for (int i = 1; i <= count; ++i) {
    IndexedProduct product;
    product.product.value = i;
    product.partition.value = i % 4;
    product.attributes.set("price", static_cast<double>(random() % 10000));
    product.attributes.set("in_stock", i % 3 != 0 ? 1 : 0);
    product.attributes.add("brand", i % 2 == 0 ? "even" : "odd");
    if (i % 4 != 0) product.attributes.add("colour", i % 4 == 1 ? "red" : "blue");
    if (i % 5 == 0) product.attributes.add("colour", "green");
    product.duplicate_group.value = i / 2;
    for (int p = 0; p <= i % 3; ++p) product.pictures.push_back({{i * 10 + p}, clustered_unit(random, centres)});
    products.push_back(std::move(product));
  }
  return products;
}

inline std::vector<int64_t> ids(const std::vector<Neighbour>& hits) {
  std::vector<int64_t> values;
  for (const Neighbour& hit : hits) values.push_back(hit.product.value);
  return values;
}

// Whether a filter holds for a row, condition by condition.
inline bool matches(const Filter& filter, const RowAttributes& row) {
  const auto child_matches = [&row](const Filter& child) { return matches(child, row); };
  switch (filter.kind) {
    case Filter::Kind::kRange:
      return std::ranges::any_of(row.numbers, [&](const auto& n) { return n.first == filter.column && filter.low <= n.second && n.second <= filter.high; });
    case Filter::Kind::kIn: {
      std::vector<std::string> values;
      for (const auto& [column, value] : row.keywords) {
        if (column == filter.column) values.push_back(value);
      }
      if (values.empty()) values.emplace_back();
      return std::ranges::any_of(values, [&](const std::string& value) { return std::ranges::find(filter.texts, value) != filter.texts.end(); });
    }
    case Filter::Kind::kAnd: return std::ranges::all_of(filter.children, child_matches);
    case Filter::Kind::kOr: return std::ranges::any_of(filter.children, child_matches);
    case Filter::Kind::kNot: return !matches(filter.children.front(), row);
  }
  return false;
}

// The oracle: every row in double precision over the numbers as they are stored.
inline std::vector<int64_t> brute_force(const std::vector<IndexedProduct>& products, const NeighbourQuery& query) {
  std::vector<std::pair<double, int64_t>> scored;
  for (const IndexedProduct& product : products) {
    double weight = 0;
    bool searched = query.partitions.empty();
    for (const PartitionWeight& wanted : query.partitions) {
      if (wanted.partition != product.partition) continue;
      searched = true;
      weight = wanted.weight;
    }
    if (!searched || product.pictures.empty() || (query.filter != nullptr && !matches(*query.filter, product.attributes))) continue;
    if (std::find(query.exclude.begin(), query.exclude.end(), product.product) != query.exclude.end()) continue;
    double best = -1e9;
    for (const IndexedPicture& picture : product.pictures) {
      double dot = 0;
      for (size_t j = 0; j < query.vector.size(); ++j) dot += static_cast<double>(from_fixed(to_fixed(picture.vector[j]))) * query.vector[j];
      best = std::max(best, dot + weight);
    }
    if (best >= static_cast<double>(query.min_score)) scored.emplace_back(-best, product.product.value);
  }
  std::sort(scored.begin(), scored.end());
  std::vector<int64_t> result;
  for (size_t i = 0; i < std::min(query.k, scored.size()); ++i) result.push_back(scored[i].second);
  return result;
}

inline double overlap(const std::vector<int64_t>& found, const std::vector<int64_t>& truth) {
  const std::set<int64_t> wanted(truth.begin(), truth.end());
  const auto hits = std::count_if(found.begin(), found.end(), [&](int64_t id) { return wanted.contains(id); });
  return truth.empty() ? 1.0 : static_cast<double>(hits) / static_cast<double>(truth.size());
}

}  // namespace nozama
