// Embedding → calibrated probabilities of classes: softmax((W·x + b) / T).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "model/input_scale.h"

namespace nozama {

class BlobReader;
class BlobWriter;

// A plain value; const functions may run on many threads. Classes are the caller's: category ids, for a category head.
struct LinearHead {
  int dim = 0;
  InputScale scale = InputScale::kLength;  // of the embedding, first
  float temperature = 1;                   // > 0; fitted on held-out data (Guo et al., ICML 2017)
  std::vector<int64_t> class_ids;
  std::vector<float> weights;  // classes × dim, row-major
  std::vector<float> bias;     // classes

  size_t classes() const { return class_ids.size(); }

  // W·x + b in the order of class_ids, before the temperature; embedding.size() == dim.
  std::vector<float> logits(std::span<const float> embedding) const;

  // Sums to 1, in the order of class_ids. Equal shares when the embedding has a number that is not finite.
  std::vector<double> probabilities(std::span<const float> embedding) const;

  std::vector<std::byte> serialise() const;
  // kCorrupt "head_damaged" for anything but what serialise() wrote; sizes are checked before memory is taken.
  static Result<LinearHead> deserialise(std::span<const std::byte> bytes);

  // The same as a part of a larger blob.
  void write_to(BlobWriter& writer) const;
  static Result<LinearHead> read_from(BlobReader& reader);

  friend bool operator==(const LinearHead&, const LinearHead&) = default;
};

// softmax(logits / temperature), without overflow.
std::vector<double> softmax(std::span<const float> logits, double temperature);

}  // namespace nozama
