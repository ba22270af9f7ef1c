#include "model/projection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "model/blob.h"
#include "model/dot.h"

namespace nozama {
namespace {

constexpr std::string_view kMagic = "NZP1";
constexpr uint32_t kVersion = 1;

std::unexpected<Error> damaged() { return fail(ErrorCode::kCorrupt, "projection_damaged", "the stored projection is damaged; train again to replace it"); }

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // Close to a standard normal: the sum of 12 uniform numbers less 6. Only additions, so no machine rounds it differently.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(next() >> 11) * 0x1p-53;
    return sum;
  }

 private:
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

using Row = std::vector<double>;

// In independent sums, which the compiler may keep in vector registers without reordering an addition.
double inner(const Row& a, const Row& b) {
  constexpr size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

void Projection::apply_to(std::span<const float> embedding, std::span<float> result) const {
  if (std::cmp_not_equal(embedding.size(), in) || std::cmp_not_equal(result.size(), out)) abort_with("a projection was given the wrong number of numbers");
  std::vector<float> centred = scaled(embedding, scale);
  const bool nothing = std::ranges::all_of(centred, [](float value) { return value == 0; });
  for (size_t i = 0; i < centred.size(); ++i) centred[i] -= mean[i];
  multiply_rows(matrix.data(), centred.data(), centred.size(), result);
  const float length_scale = nothing ? 0 : inverse_length(result);
  for (float& value : result) value = length_scale == 0 ? 0 : value * length_scale;
}

std::vector<float> Projection::apply(std::span<const float> embedding) const {
  std::vector<float> result(static_cast<size_t>(out));
  apply_to(embedding, result);
  return result;
}

std::vector<std::byte> Projection::serialise() const {
  BlobWriter writer(kMagic, kVersion);
  writer.put(static_cast<uint32_t>(in));
  writer.put(static_cast<uint32_t>(out));
  writer.put(static_cast<uint32_t>(scale));
  writer.put_all(mean);
  writer.put_all(matrix);
  return std::move(writer).finish();
}

Result<Projection> Projection::deserialise(std::span<const std::byte> bytes) {
  BlobReader reader(bytes, kMagic, kVersion);
  const auto in = reader.get<uint32_t>(), out = reader.get<uint32_t>(), scale = reader.get<uint32_t>();
  constexpr uint32_t kDimMax = 1 << 16;
  if (!reader.ok() || in < 1 || out < 1 || in > kDimMax || out > in || scale > static_cast<uint32_t>(InputScale::kRoots)) return damaged();
  Projection projection;
  projection.in = static_cast<int>(in);
  projection.out = static_cast<int>(out);
  projection.scale = static_cast<InputScale>(scale);
  projection.mean = reader.get_all<float>(in);
  projection.matrix = reader.get_all<float>(size_t{in} * out);
  if (!reader.at_end() || !all_finite(projection.mean) || !all_finite(projection.matrix)) return damaged();
  return projection;
}

Projection seeded_orthogonal(int in, int out, uint64_t seed) {
  if (in < 1 || out < 1 || out > in) abort_with("there are no more orthogonal directions than dimensions");
  Random random(seed);
  std::vector<Row> rows;
  while (std::cmp_less(rows.size(), out)) {
    Row row(static_cast<size_t>(in));
    for (double& value : row) value = random.normal();
    // Gram–Schmidt, twice: once is not enough for rows that end up short (Giraud et al., 2005).
    for (int pass = 0; pass < 2; ++pass) {
      for (const Row& earlier : rows) {
        const double share = inner(row, earlier);
        for (size_t i = 0; i < row.size(); ++i) row[i] -= share * earlier[i];
      }
    }
    const double length = std::sqrt(inner(row, row));
    if (length < 1e-6) continue;
    for (double& value : row) value /= length;
    rows.push_back(std::move(row));
  }
  Projection projection;
  projection.in = in;
  projection.out = out;
  projection.mean.assign(static_cast<size_t>(in), 0);
  for (const Row& row : rows) std::ranges::transform(row, std::back_inserter(projection.matrix), [](double value) { return static_cast<float>(value); });
  return projection;
}

}  // namespace nozama
