#include "index/row_codes.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nozama {
namespace {

constexpr size_t kTailMultiple = 64;  // of the kernels
// Rows for a basis: several times the dimension, or the directions are the sample's and not the shop's.
constexpr size_t kRowsPerDimension = 4;
// Of 16 equal steps for a normal distribution (Max 1960, table II), in standard deviations.
constexpr float kStep = 0.3352F;
constexpr float kMiddle = 7.5F;  // of the codes 0 … 15
constexpr float kWeightMax = 127;
// The head is the shortest whose rest fills whole chunks of a tail and that holds this share of the variance; without one there is no tail.
constexpr float kHeadVariance = 0.72F;
// A rotation costs every query some microseconds: the leading quarter of the dimensions must hold less than this share of what the
// leading principal directions hold.
constexpr float kBasisPays = 0.97F;
// Of single precision.
constexpr double kUnitRoundoff = 0x1p-24;
constexpr size_t kMarginQueries = 128, kMarginRows = 8192, kMarginNeighbours = 30;
constexpr double kMarginQuantile = 0.9995;
// A quantile of 128 queries is itself uncertain, and the shop has other neighbours than the sample.
constexpr float kMarginReserve = 1.4F;
// No two estimates are so far apart.
constexpr float kNoMargin = 8;

uint8_t length_code(double squared) {
  return static_cast<uint8_t>(std::min(255.0, std::ceil(std::sqrt(std::max(0.0, squared)) / static_cast<double>(kErrorUnit))));
}

// The weights of query × step, rounded to 8 bits. In loops that the compiler turns into vectors.
CodedQuery::Part weights_of(std::span<const float> query, std::span<const float> steps) {
  CodedQuery::Part part;
  part.weights.resize(query.size());
  float largest = 0;
  for (size_t i = 0; i < query.size(); ++i) largest = std::max(largest, std::abs(query[i] * steps[i]));
  part.scale = largest / kWeightMax;
  const float inverse = part.scale > 0 ? 1 / part.scale : 0;
  int sum = 0;
  float squared = 0, rounding = 0;
  for (size_t i = 0; i < query.size(); ++i) {
    const float exact = query[i] * steps[i];
    // Numbers that are none, from a damaged snapshot, become the least weight: max() and min() give the other side.
    const float rounded = std::min(kWeightMax, std::max(-kWeightMax, exact * inverse)) + std::copysign(0.5F, exact);
    const auto weight = static_cast<int>(rounded);
    part.weights[i] = static_cast<int8_t>(weight);
    sum += weight;
    squared += query[i] * query[i];
    rounding += std::abs(exact - part.scale * static_cast<float>(weight));
  }
  part.base = -kMiddle * part.scale * static_cast<float>(sum);
  // Sums of so many numbers in single precision, relative to them (Higham 2002, section 3.1).
  const float sums = 1 + static_cast<float>(query.size()) * static_cast<float>(kUnitRoundoff);
  part.norm = std::sqrt(squared * sums);
  part.error = kMiddle * rounding * sums;
  return part;
}

// Where the kMarginNeighbours greatest values are, greatest first.
std::vector<uint32_t> greatest(std::span<const float> values) {
  std::vector<uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::partial_sort(order, order.begin() + kMarginNeighbours, std::greater{}, [&](uint32_t i) { return values[i]; });
  order.resize(kMarginNeighbours);
  return order;
}

// How far the estimates of the nearest are below the last of as many greatest estimates.
void append_gaps(std::span<const uint32_t> nearest, std::span<const float> estimates, std::vector<float>& gaps) {
  const float last = estimates[greatest(estimates).back()];
  for (const uint32_t row : nearest) gaps.push_back(last - estimates[row]);
}

float margin_of(std::vector<float>& gaps) {
  const auto place = gaps.begin() + static_cast<std::ptrdiff_t>(kMarginQuantile * static_cast<double>(gaps.size() - 1));
  std::ranges::nth_element(gaps, place);
  return kMarginReserve * std::max(0.0F, *place);
}

}  // namespace

float CodedQuery::tail_part(const uint8_t* row_tail) const {
  return tail.base + tail.scale * static_cast<float>(code_kernels().tail_dot(row_tail, tail.weights));
}

CodeSpace::CodeSpace(size_t dimension, std::span<const float> sample) : dimension_(dimension) {
  choose_basis(sample);
  measure_rounding();
}

std::shared_ptr<const CodeSpace> CodeSpace::fit(size_t dimension, std::span<const float> sample) {
  std::shared_ptr<CodeSpace> space(new CodeSpace(dimension, sample));
  space->measure_margins(sample);
  return space;
}

std::shared_ptr<const CodeSpace> CodeSpace::fit_basis(size_t dimension, std::span<const float> sample) {
  return std::shared_ptr<const CodeSpace>(new CodeSpace(dimension, sample));
}

void CodeSpace::choose_basis(std::span<const float> sample) {
  const auto d = static_cast<Eigen::Index>(dimension_);
  const auto rows = static_cast<Eigen::Index>(sample.size() / dimension_);
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::VectorXf mean = Eigen::VectorXf::Zero(d);
  Eigen::VectorXf variances = Eigen::VectorXf::Constant(d, 1.0F / static_cast<float>(dimension_));
  if (rows > 0) {
    Matrix centred = Eigen::Map<const Matrix>(sample.data(), rows, d);
    mean = centred.colwise().mean();
    centred.rowwise() -= mean.transpose();
    variances = centred.array().square().colwise().mean();
    if (rows >= static_cast<Eigen::Index>(kRowsPerDimension * dimension_) && dimension_ <= kBasisMax) {
      Eigen::MatrixXf covariance = Eigen::MatrixXf::Zero(d, d);
      covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose(), 1.0F / static_cast<float>(rows));
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> solver(covariance);
      const Eigen::VectorXf best = solver.eigenvalues().reverse().cwiseMax(0.0F);
      const Eigen::Index leading = std::max<Eigen::Index>(1, d / 4);
      if (variances.head(leading).sum() < kBasisPays * best.head(leading).sum()) {
        variances = best;
        const Matrix directions = solver.eigenvectors().rowwise().reverse();
        basis_.assign(directions.data(), directions.data() + directions.size());
      }
    }
  }
  choose_head({variances.data(), dimension_});
  steps_.assign(padded_, 0);
  for (size_t i = 0; i < dimension_; ++i) steps_[i] = kStep * std::sqrt(variances[static_cast<Eigen::Index>(i)]);
  rotate({mean.data(), dimension_}, mean_);
}

void CodeSpace::choose_head(std::span<const float> variances) {
  const float total = std::accumulate(variances.begin(), variances.end(), 0.0F);
  head_ = (dimension_ + 7) / 8 * 8;
  float held = 0;
  for (size_t i = 0; i < dimension_; ++i) {
    held += variances[i];
    if ((i + 1) % kTailMultiple == 0 && 2 * (i + 1) <= dimension_ && held >= kHeadVariance * total) {
      head_ = i + 1;
      break;
    }
  }
  tail_ = head_ >= dimension_ ? 0 : (dimension_ - head_ + kTailMultiple - 1) / kTailMultiple * kTailMultiple;
  padded_ = head_ + tail_;
}

void CodeSpace::rotate(std::span<const float> rows, std::vector<float>& rotated) const {
  const size_t count = rows.size() / dimension_;
  rotated.assign(count * padded_, 0);
  for (size_t row = 0; row < count; ++row) {
    const float* from = rows.data() + row * dimension_;
    float* to = rotated.data() + row * padded_;
    if (basis_.empty())
      std::copy_n(from, dimension_, to);
    else
      for (size_t j = 0; j < dimension_; ++j) code_kernels().add_scaled(to, basis_.data() + j * dimension_, from[j], dimension_);
  }
}

CodedQuery CodeSpace::prepare(std::span<const float> query) const {
  thread_local std::vector<float> rotated;
  rotate(query, rotated);
  const std::span<const float> values(rotated), steps(steps_);
  CodedQuery coded{weights_of(values.first(head_), steps.first(head_)), weights_of(values.subspan(head_), steps.subspan(head_))};
  coded.head.base += code_kernels().dot(rotated.data(), mean_.data(), padded_);
  coded.head.error += rounding_error_;
  return coded;
}

void CodeSpace::encode(std::span<const float> rows, uint8_t* heads, uint8_t* tails, BlockErrors& errors) const {
  std::vector<float> rotated;
  rotate(rows, rotated);
  const size_t count = rows.size() / dimension_;
  std::fill_n(heads, kBlockRows * head_bytes(), uint8_t{0});
  std::fill_n(tails, kBlockRows * tail_bytes(), uint8_t{0});
  errors = {};
  for (size_t row = 0; row < count; ++row) {
    double head = 0, tail = 0, tail_rounding = 0;
    for (size_t i = 0; i < padded_; ++i) {
      const float value = rotated[row * padded_ + i] - mean_[i], step = steps_[i];
      const float place = step > 0 ? std::clamp(std::round(value / step + kMiddle), 0.0F, 15.0F) : 0.0F;
      const auto code = static_cast<uint8_t>(place);
      const double error = static_cast<double>(value - (place - kMiddle) * step);
      if (i < head_) {
        head += error * error;
        const size_t byte = (i / 8 * kBlockRows + row) * 4 + i % 4;
        heads[byte] = static_cast<uint8_t>(heads[byte] | (i % 8 < 4 ? code : code << 4));
      } else {
        tail += static_cast<double>(value) * static_cast<double>(value);
        tail_rounding += error * error;
        const size_t place_in_tail = i - head_, byte = row * tail_bytes() + place_in_tail / 64 * 32 + place_in_tail % 32;
        tails[byte] = static_cast<uint8_t>(tails[byte] | (place_in_tail % 64 < 32 ? code : code << 4));
      }
    }
    errors.head[row] = length_code(head);
    errors.tail[row] = length_code(tail);
    errors.tail_rounding[row] = length_code(tail_rounding);
  }
}

// Every element of a rotated vector of length 1 is off by at most dimension × the unit roundoff (Higham, Accuracy and Stability of
// Numerical Algorithms, 2002, section 3.1), so a vector by the root of the dimension times that: for query and row, and once more for
// the sums of an estimate. A basis that is not orthonormal changes a similarity by the norm of what is wrong with it at most.
void CodeSpace::measure_rounding() {
  const auto d = static_cast<double>(padded_);
  double defect = 0;
  if (!basis_.empty()) {
    const auto size = static_cast<Eigen::Index>(dimension_);
    const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> basis(basis_.data(), size, size);
    const Eigen::MatrixXd exact = basis.cast<double>();
    defect = (exact * exact.transpose() - Eigen::MatrixXd::Identity(size, size)).norm();
  }
  rounding_error_ = static_cast<float>(3 * std::sqrt(d) * d * kUnitRoundoff + defect);
}

// Each of some rows asks the others, which is a search whose answer is known.
void CodeSpace::measure_margins(std::span<const float> sample) {
  head_margin_ = tail_margin_ = kNoMargin;
  const size_t count = std::min(kMarginRows, sample.size() / dimension_);
  if (count < 4 * kMarginNeighbours) return;
  const size_t blocks = (count + kBlockRows - 1) / kBlockRows, places = blocks * kBlockRows;
  std::vector<uint8_t> heads(places * head_bytes()), tails(places * tail_bytes());
  std::vector<BlockErrors> errors(blocks);
  for (size_t first = 0; first < count; first += kBlockRows) {
    const auto rows = sample.subspan(first * dimension_, std::min(kBlockRows, count - first) * dimension_);
    encode(rows, heads.data() + first * head_bytes(), tails.data() + first * tail_bytes(), errors[first / kBlockRows]);
  }
  std::vector<float> head_gaps, tail_gaps, truths(count), first_estimates(places), second_estimates(count);
  std::vector<uint32_t> numbers(places);
  const size_t queries = std::min(kMarginQueries, count);
  for (size_t self = 0; self < queries * (count / queries); self += count / queries) {
    const std::span<const float> query = sample.subspan(self * dimension_, dimension_);
    const CodedQuery coded = prepare(query);
    const float everything = std::numeric_limits<float>::lowest();
    code_kernels().scan_heads({heads.data(), errors.data(), blocks, coded.head.weights, coded.head.base, coded.head.scale, 0, 0, everything}, numbers.data(),
                              first_estimates.data());
    for (size_t row = 0; row < count; ++row) {
      second_estimates[row] = first_estimates[row] + coded.tail_part(tails.data() + row * tail_bytes());
      truths[row] = code_kernels().dot(query.data(), sample.data() + row * dimension_, dimension_);
    }
    truths[self] = first_estimates[self] = second_estimates[self] = std::numeric_limits<float>::lowest();
    const std::vector<uint32_t> nearest = greatest(truths);
    append_gaps(nearest, std::span(first_estimates).first(count), head_gaps);
    append_gaps(nearest, second_estimates, tail_gaps);
  }
  head_margin_ = margin_of(head_gaps);
  tail_margin_ = margin_of(tail_gaps);
}

ErrorFactors first_bound(const CodedQuery& query) { return {query.head.norm * kErrorUnit, query.tail.norm * kErrorUnit, query.head.error}; }

ErrorFactors second_bound(const CodedQuery& query) { return {query.head.norm * kErrorUnit, query.tail.norm * kErrorUnit, query.head.error + query.tail.error}; }

}  // namespace nozama
