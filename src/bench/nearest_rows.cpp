#include "bench/nearest_rows.h"

#include <algorithm>
#include <cmath>

#include "bench/float_kernels.h"

namespace nozama {
namespace {

constexpr size_t kTileRows = 256;  // that every query is compared with before the next ones: they stay in the processor's cache

}  // namespace

NearestRows::NearestRows(std::span<const float> queries, size_t d, std::vector<Workload> workloads)
    : queries_(queries), d_(d), workloads_(std::move(workloads)), best_(workloads_.size() * (queries.size() / d)) {}

void NearestRows::Best::offer(Hit hit) {
  if (hits.size() == kNeighbours) {
    if (hit.score <= hits.back().score) return;
    hits.pop_back();
  }
  const auto place = std::ranges::upper_bound(hits, hit.score, std::greater(), &Hit::score);
  hits.insert(place, hit);
}

void NearestRows::add(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels) {
  for (size_t tile = 0; tile < labels.size(); tile += kTileRows) {
    const size_t count = std::min(kTileRows, labels.size() - tile);
    add_tile(first + static_cast<int64_t>(tile), rows.subspan(tile * d_, count * d_), labels.subspan(tile, count));
  }
}

void NearestRows::add_tile(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels) {
  const size_t query_count = queries_.size() / d_;
  std::vector<float> scores(labels.size());
  for (size_t query = 0; query < query_count; ++query) {
    dots_of_rows(rows.data(), labels.size(), d_, &queries_[query * d_], scores.data());
    for (size_t w = 0; w < workloads_.size(); ++w) {
      Best& best = best_[w * query_count + query];
      float least = best.hits.size() < kNeighbours ? -2 : best.hits.back().score;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (scores[i] <= least || !workloads_[w].passes(labels[i])) continue;
        best.offer({scores[i], static_cast<int32_t>(first + static_cast<int64_t>(i))});
        if (best.hits.size() == kNeighbours) least = best.hits.back().score;
      }
    }
  }
}

std::vector<int32_t> NearestRows::ids(size_t workload) const {
  const size_t query_count = queries_.size() / d_;
  std::vector<int32_t> ids(query_count * kNeighbours, -1);
  for (size_t query = 0; query < query_count; ++query) {
    const auto& hits = best(workload, query).hits;
    for (size_t i = 0; i < hits.size(); ++i) ids[query * kNeighbours + i] = hits[i].row;
  }
  return ids;
}

double NearestRows::recall(size_t workload, std::span<const int32_t> found) const {
  size_t wanted = 0, right = 0;
  for (size_t query = 0; query < found.size() / kNeighbours; ++query) {
    const auto answer = found.subspan(query * kNeighbours, kNeighbours);
    for (const Hit& hit : best(workload, query).hits) {
      ++wanted;
      right += std::ranges::find(answer, hit.row) != answer.end();
    }
  }
  return wanted == 0 ? 1 : static_cast<double>(right) / static_cast<double>(wanted);
}

double NearestRows::local_dimension() const {
  double inverse = 0;
  size_t count = 0;
  for (size_t query = 0; query < queries_.size() / d_; ++query) {
    const auto& hits = best(0, query).hits;
    if (hits.size() < kNeighbours) return 0;
    const auto distance = [](const Hit& hit) { return std::sqrt(std::max(1e-12, 2 - 2 * static_cast<double>(hit.score))); };
    double sum = 0;
    for (size_t i = 0; i + 1 < hits.size(); ++i) sum += std::log(distance(hits.back()) / distance(hits[i]));
    inverse += sum / static_cast<double>(kNeighbours - 2);
    ++count;
  }
  return count == 0 || inverse <= 0 ? 0 : static_cast<double>(count) / inverse;
}

}  // namespace nozama
