#include "model/linear_head.h"

#include <algorithm>
#include <cmath>

#include "model/blob.h"
#include "model/dot.h"

namespace nozama {
namespace {

constexpr std::string_view kMagic = "NZH1";
constexpr uint32_t kVersion = 1;

std::unexpected<Error> damaged() { return fail(ErrorCode::kCorrupt, "head_damaged", "the stored category head is damaged; train again to replace it"); }

}  // namespace

std::vector<double> softmax(std::span<const float> logits, double temperature) {
  std::vector<double> result(logits.size());
  if (result.empty()) return result;
  if (!all_finite(logits)) {
    std::ranges::fill(result, 1.0 / static_cast<double>(result.size()));
    return result;
  }
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = std::exp((static_cast<double>(logits[i]) - largest) / temperature);
    sum += result[i];
  }
  for (double& value : result) value /= sum;
  return result;
}

std::vector<float> LinearHead::logits(std::span<const float> embedding) const {
  if (std::cmp_not_equal(embedding.size(), dim)) abort_with("a head was given the wrong number of numbers");
  const std::vector<float> input = scaled(embedding, scale);
  std::vector<float> result(classes());
  multiply_rows(weights.data(), input.data(), input.size(), result);
  for (size_t i = 0; i < result.size(); ++i) result[i] += bias[i];
  return result;
}

std::vector<double> LinearHead::probabilities(std::span<const float> embedding) const { return softmax(logits(embedding), temperature); }

void LinearHead::write_to(BlobWriter& writer) const {
  writer.put(static_cast<uint32_t>(dim));
  writer.put(static_cast<uint32_t>(classes()));
  writer.put(static_cast<uint32_t>(scale));
  writer.put(temperature);
  writer.put_all(class_ids);
  writer.put_all(weights);
  writer.put_all(bias);
}

Result<LinearHead> LinearHead::read_from(BlobReader& reader) {
  const auto dim = reader.get<uint32_t>(), classes = reader.get<uint32_t>(), scale = reader.get<uint32_t>();
  LinearHead head;
  head.temperature = reader.get<float>();
  constexpr uint32_t kDimMax = 1 << 16, kClassesMax = 1 << 20;
  if (!reader.ok() || dim < 1 || dim > kDimMax || classes < 1 || classes > kClassesMax || scale > static_cast<uint32_t>(InputScale::kRoots)) return damaged();
  if (!std::isfinite(head.temperature) || head.temperature <= 0) return damaged();
  head.dim = static_cast<int>(dim);
  head.scale = static_cast<InputScale>(scale);
  head.class_ids = reader.get_all<int64_t>(classes);
  head.weights = reader.get_all<float>(size_t{classes} * dim);
  head.bias = reader.get_all<float>(classes);
  if (!reader.ok() || !all_finite(head.weights) || !all_finite(head.bias)) return damaged();
  return head;
}

std::vector<std::byte> LinearHead::serialise() const {
  BlobWriter writer(kMagic, kVersion);
  write_to(writer);
  return std::move(writer).finish();
}

Result<LinearHead> LinearHead::deserialise(std::span<const std::byte> bytes) {
  BlobReader reader(bytes, kMagic, kVersion);
  auto head = read_from(reader);
  if (head && !reader.at_end()) return damaged();
  return head;
}

}  // namespace nozama
