#include "engine/training_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

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

std::vector<size_t> thinned_by_product(const Dataset& data, const std::vector<size_t>& rows, size_t pictures_max) {
  const size_t kept = std::min(rows.size(), pictures_max);
  std::unordered_map<int64_t, size_t> number;  // of each product
  for (const size_t row : rows) number.try_emplace(data.groups[row], number.size());
  std::vector<size_t> result;
  for (const size_t row : rows) {
    const size_t i = number[data.groups[row]];
    if ((i + 1) * kept / rows.size() > i * kept / rows.size()) result.push_back(row);
  }
  return result;
}

}  // namespace nozama
