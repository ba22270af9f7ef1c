// The space that a shop's own labels teach, for evaluation.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "model/projection.h"
#include "train/dataset.h"

namespace nozama {

struct LearnedSpace {
  std::string kind;                      // "discriminant", "pca"; "raw" where there are too few rows to learn from
  std::optional<Projection> projection;  // absent = the encoder's embedding as it is, scaled to length 1

  size_t dimension(size_t embedding_dim) const { return projection ? static_cast<size_t>(projection->out) : embedding_dim; }
};

// From labelled embeddings alone, chosen by cross-validation among them: the discriminant space, or the principal components where it
// finds nothing better; deterministic.
LearnedSpace learn_space(const Dataset& data, size_t threads, std::stop_token stop);

// Without labels: the principal components that a catalogue of this size is served with.
LearnedSpace pca_space(const Dataset& data);
LearnedSpace raw_space();

// Every row in the space, of length 1; labels and groups stay.
Dataset rows_in(const LearnedSpace& space, const Dataset& data);

}  // namespace nozama
