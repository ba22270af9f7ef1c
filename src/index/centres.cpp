#include "index/centres.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace nozama {
namespace {

constexpr int kIterations = 7;
constexpr uint64_t kSeed = 20261;
// Of the rows of the sample that a list has on average, a list with more than this many times as many is split.
constexpr size_t kLongList = 3;
// Estimates from 4-bit codes this close to the greatest are compared exactly.
constexpr float kAssignMargin = 0.03F;
// Numbers for what is not there; finite, so that sums of them are.
constexpr float kNever = -1e9F;
constexpr float kRadiusMin = 0.02F;
constexpr size_t kReachQueries = 256, kReachNeighbours = 30;
// The sample is thinner than the partition: its neighbours are further away, and the reach is a quantile of few.
constexpr float kReachReserve = 1.1F;

std::span<const float> row_of(std::span<const float> rows, size_t i, size_t d) { return rows.subspan(i * d, d); }

}  // namespace

std::shared_ptr<const Centres> Centres::fit(size_t dimension, std::span<const float> sample, size_t lists, const std::atomic<bool>* stop) {
  const size_t count = sample.size() / dimension;
  if (lists == 0 || count < 2 * lists) return nullptr;
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 random(kSeed);
  std::ranges::shuffle(order, random);
  std::vector<float> first;
  for (size_t i = 0; i < lists; ++i) {
    const std::span<const float> row = row_of(sample, order[i], dimension);
    first.insert(first.end(), row.begin(), row.end());
  }
  std::shared_ptr<Centres> centres(new Centres);
  centres->set(dimension, std::move(first));
  for (int i = 0; i < kIterations; ++i) {
    if (stop != nullptr && *stop) return nullptr;
    centres->set(dimension, centres->means(sample, centres->assign(sample)));
    if (i + 2 == kIterations) centres->split_long(sample);
  }
  centres->measure(sample, centres->assign(sample));
  return centres;
}

void Centres::set(size_t dimension, std::vector<float> centres) {
  centres_ = std::move(centres);
  space_ = CodeSpace::fit_basis(dimension, centres_);
  code();
}

void Centres::code() {
  const size_t d = space_->dimension(), count = centres_.size() / d, blocks = (count + kBlockRows - 1) / kBlockRows;
  heads_.resize(blocks * kBlockRows * space_->head_bytes());
  errors_.resize(blocks);
  half_squares_.assign(blocks * kBlockRows, -kNever);
  std::vector<uint8_t> tails(kBlockRows * space_->tail_bytes());
  for (size_t first = 0; first < count; first += kBlockRows) {
    const size_t rows = std::min(kBlockRows, count - first);
    space_->encode(std::span(centres_).subspan(first * d, rows * d), heads_.data() + first * space_->head_bytes(), tails.data(), errors_[first / kBlockRows]);
    for (size_t i = first; i < first + rows; ++i) half_squares_[i] = code_kernels().dot(&centres_[i * d], &centres_[i * d], d) / 2;
  }
  radii_.assign(count, 0);
}

// Similarities to all centres, from the codes; a few more at the end that mean nothing.
void Centres::estimates(std::span<const float> vector, std::vector<float>& sums) const {
  thread_local std::vector<uint32_t> numbers;
  numbers.resize(half_squares_.size());
  sums.resize(half_squares_.size());
  const CodedQuery query = space_->prepare(vector);
  const HeadScan scan{heads_.data(), errors_.data(), errors_.size(), query.head.weights, query.head.base, query.head.scale, 0, 0, kNever};
  code_kernels().scan_heads(scan, numbers.data(), sums.data());
}

// The nearest centre by distance: its similarity less half its squared length is greatest.
uint32_t Centres::nearest(std::span<const float> row) const {
  thread_local std::vector<float> sums;
  estimates(row, sums);
  float best = kNever;
  for (size_t i = 0; i < sums.size(); ++i) best = std::max(best, sums[i] -= half_squares_[i]);
  uint32_t nearest = 0;
  float exact_best = kNever;
  for (size_t i = 0; i < size(); ++i) {
    if (sums[i] < best - kAssignMargin) continue;
    const float exact = code_kernels().dot(row.data(), &centres_[i * dimension()], dimension()) - half_squares_[i];
    if (exact > exact_best) {
      exact_best = exact;
      nearest = static_cast<uint32_t>(i);
    }
  }
  return nearest;
}

std::vector<uint32_t> Centres::assign(std::span<const float> sample) const {
  std::vector<uint32_t> lists(sample.size() / dimension());
  for (size_t i = 0; i < lists.size(); ++i) lists[i] = nearest(row_of(sample, i, dimension()));
  return lists;
}

// Of the rows of each list; an empty list gets a row of the sample.
std::vector<float> Centres::means(std::span<const float> sample, std::span<const uint32_t> lists) const {
  const size_t d = dimension();
  std::vector<float> means(size() * d, 0);
  std::vector<uint32_t> counts(size(), 0);
  for (size_t i = 0; i < lists.size(); ++i) {
    ++counts[lists[i]];
    code_kernels().add_scaled(&means[lists[i] * d], &sample[i * d], 1, d);
  }
  for (size_t list = 0; list < size(); ++list) {
    if (counts[list] == 0)
      std::ranges::copy(row_of(sample, list * 7919 % lists.size(), d), means.begin() + static_cast<std::ptrdiff_t>(list * d));
    else
      for (size_t j = 0; j < d; ++j) means[list * d + j] /= static_cast<float>(counts[list]);
  }
  return means;
}

// A long list gets a second centre beside its own: one of its rows. The last iteration moves both.
void Centres::split_long(std::span<const float> sample) {
  const size_t d = dimension();
  const std::vector<uint32_t> lists = assign(sample);
  std::vector<uint32_t> counts(size(), 0);
  std::vector<float> centres = centres_;
  for (size_t i = 0; i < lists.size(); ++i) {
    const size_t limit = kLongList * std::max<size_t>(1, lists.size() / size());
    if (++counts[lists[i]] % limit != 0) continue;
    const std::span<const float> row = row_of(sample, i, d);
    for (size_t j = 0; j < d; ++j) centres.push_back((row[j] + centres_[lists[i] * d + j]) / 2);
  }
  set(d, std::move(centres));
}

void Centres::measure(std::span<const float> sample, std::span<const uint32_t> lists) {
  const size_t d = dimension(), count = lists.size();
  std::vector<double> squares(size(), 0);
  std::vector<uint32_t> counts(size(), 0);
  for (size_t i = 0; i < count; ++i) {
    const std::span<const float> row = row_of(sample, i, d);
    const float dot = code_kernels().dot(row.data(), &centres_[lists[i] * d], d);
    squares[lists[i]] += std::max(0.0, 1.0 - 2.0 * static_cast<double>(dot) + 2.0 * static_cast<double>(half_squares_[lists[i]]));
    ++counts[lists[i]];
  }
  for (size_t i = 0; i < size(); ++i) radii_[i] = counts[i] == 0 ? kRadiusMin : std::max(kRadiusMin, static_cast<float>(std::sqrt(squares[i] / counts[i])));

  std::vector<float> sums, truths(count), reaches;
  const size_t queries = std::min(kReachQueries, count);
  for (size_t q = 0; q < queries; ++q) {
    const size_t self = q * (count / queries);
    const std::span<const float> query = row_of(sample, self, d);
    estimates(query, sums);
    for (size_t i = 0; i < count; ++i) truths[i] = code_kernels().dot(query.data(), &sample[i * d], d);
    truths[self] = kNever;
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    const size_t neighbours = std::min(kReachNeighbours, count - 1);
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(neighbours), std::greater{}, [&](uint32_t i) { return truths[i]; });
    const float last = truths[order[neighbours - 1]];
    for (size_t i = 0; i < neighbours; ++i) reaches.push_back((last - sums[lists[order[i]]]) / radii_[lists[order[i]]]);
  }
  std::ranges::sort(reaches);
  for (size_t i = 0; i < kRecalls.size(); ++i) {
    reaches_[i] = kReachReserve * std::max(0.0F, reaches[static_cast<size_t>(kRecalls[i] * static_cast<double>(reaches.size() - 1))]);
  }
}

size_t Centres::memory() const {
  return (centres_.size() + half_squares_.size() + radii_.size()) * sizeof(float) + heads_.size() + errors_.size() * sizeof(BlockErrors);
}

void Centres::promises(std::span<const float> query, double recall, std::vector<float>& promises) const {
  size_t i = 0;
  while (i + 1 < kRecalls.size() && kRecalls[i] < recall) ++i;
  estimates(query, promises);
  for (size_t list = 0; list < size(); ++list) promises[list] += reaches_[i] * radii_[list];
  std::fill(promises.begin() + static_cast<std::ptrdiff_t>(size()), promises.end(), kNever);
}

}  // namespace nozama
