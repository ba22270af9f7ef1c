#include "train/retrieval_metrics.h"

#include <Eigen/Dense>
#include <algorithm>
#include <map>
#include <numeric>
#include <thread>

namespace nozama {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr size_t kBlock = 32;  // queries multiplied at once

Eigen::Map<const Matrix> rows_of(const Dataset& data, size_t first, size_t count) {
  return {data.features.data() + first * data.dim, static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(data.dim)};
}

std::vector<size_t> best_rows(std::span<const float> similarities, const Dataset& gallery, int64_t group, const NearestOptions& options) {
  std::vector<size_t> order;
  order.reserve(similarities.size());
  for (size_t i = 0; i < similarities.size(); ++i) {
    if (!options.skip_own_group || gallery.groups[i] != group) order.push_back(i);
  }
  const size_t k = std::min(options.k, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                    [similarities](size_t a, size_t b) { return similarities[a] != similarities[b] ? similarities[a] > similarities[b] : a < b; });
  order.resize(k);
  return order;
}

}  // namespace

double precision_at(const RankedRelevance& query, size_t k) {
  const size_t seen = std::min(k, query.relevant.size());
  if (seen == 0) return 0;
  return static_cast<double>(std::count(query.relevant.begin(), query.relevant.begin() + static_cast<std::ptrdiff_t>(seen), true)) / static_cast<double>(seen);
}

double recall_at(const RankedRelevance& query, size_t k) {
  if (query.relevant_total == 0) return 0;
  const size_t seen = std::min(k, query.relevant.size());
  return static_cast<double>(std::count(query.relevant.begin(), query.relevant.begin() + static_cast<std::ptrdiff_t>(seen), true)) /
         static_cast<double>(query.relevant_total);
}

double average_precision_at(const RankedRelevance& query, size_t k) {
  const auto findable = std::min(static_cast<int64_t>(k), query.relevant_total);
  if (findable == 0) return 0;
  double sum = 0, found = 0;
  for (size_t place = 0; place < std::min(k, query.relevant.size()); ++place) {
    if (query.relevant[place]) sum += ++found / static_cast<double>(place + 1);
  }
  return sum / static_cast<double>(findable);
}

std::vector<std::vector<size_t>> nearest_rows(const Dataset& gallery, const Dataset& queries, const NearestOptions& options) {
  std::vector<std::vector<size_t>> nearest(queries.rows());
  if (gallery.rows() == 0) return nearest;
  const auto all = rows_of(gallery, 0, gallery.rows());
  const size_t threads = std::max<size_t>(1, options.threads);
  std::vector<std::jthread> workers;
  for (size_t t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (size_t first = t * kBlock; first < queries.rows(); first += threads * kBlock) {
        const size_t count = std::min(kBlock, queries.rows() - first);
        const Matrix similarities = rows_of(queries, first, count) * all.transpose();
        for (size_t i = 0; i < count; ++i) {
          const std::span row(similarities.data() + i * gallery.rows(), gallery.rows());
          nearest[first + i] = best_rows(row, gallery, queries.groups[first + i], options);
        }
      }
    });
  }
  workers.clear();
  return nearest;
}

std::vector<RankedRelevance> relevance_by_label(const Dataset& gallery, const Dataset& queries, const NearestOptions& options) {
  std::map<size_t, int64_t> rows_with;
  std::map<std::pair<size_t, int64_t>, int64_t> rows_with_and_group;
  for (size_t i = 0; i < gallery.rows(); ++i) {
    ++rows_with[gallery.labels[i]];
    if (options.skip_own_group) ++rows_with_and_group[{gallery.labels[i], gallery.groups[i]}];
  }
  const auto nearest = nearest_rows(gallery, queries, options);
  std::vector<RankedRelevance> ranked(queries.rows());
  for (size_t q = 0; q < queries.rows(); ++q) {
    const auto own = rows_with_and_group.find({queries.labels[q], queries.groups[q]});
    const auto same = rows_with.find(queries.labels[q]);
    ranked[q].relevant_total = (same == rows_with.end() ? 0 : same->second) - (own == rows_with_and_group.end() ? 0 : own->second);
    for (const size_t row : nearest[q]) ranked[q].relevant.push_back(gallery.labels[row] == queries.labels[q]);
  }
  return ranked;
}

}  // namespace nozama
