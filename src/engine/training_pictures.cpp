#include "engine/training_pictures.h"

#include <fmt/format.h>

#include "base/half.h"
#include "catalog/catalog.h"
#include "engine/workspace.h"

namespace nozama {

Result<TrainingPictures> read_training_pictures(Workspace& workspace, const std::string& encoder_id, size_t dim) {
  TrainingPictures pictures;
  pictures.data.dim = dim;
  const auto embeddings = workspace.catalog().embedding_count(encoder_id);
  if (!embeddings) return propagate(embeddings);
  pictures.data.features.reserve(static_cast<size_t>(*embeddings) * dim);  // pictures that several products share come on top
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&](const IndexRow& row) {
    if (row.embedding.size() != 2 * dim) {
      return Status(fail(ErrorCode::kCorrupt, "embedding_damaged", fmt::format("the embedding of picture {} has a wrong size", row.picture.value)));
    }
    pictures.data.append(decode_half(row.embedding), 0, row.product.value);
    pictures.variants.push_back(row.variant.value);
    pictures.categories.push_back(row.category.value);
    pictures.colours.push_back(row.colours.empty() ? "" : row.colours.front().name);
    pictures.brands.emplace_back(row.brand);
    return Status{};
  });
  if (!read) return propagate(read, "reading the embeddings");
  return pictures;
}

}  // namespace nozama
