#include "engine/product_vectors.h"

#include <fmt/format.h>

#include "base/half.h"
#include "catalog/catalog.h"
#include "recommend/feedback.h"

namespace nozama {
namespace {

// By each product's first picture, as a search for the product.
Result<std::vector<std::vector<float>>> product_vectors(Catalog& catalog, const Live& live_now, const std::vector<std::string>& external_ids) {
  std::vector<std::vector<float>> vectors;
  for (const std::string& id : external_ids) {
    const auto embedding = product_embedding(catalog, live_now, id);
    if (!embedding && embedding.error().reason == "unknown_product") {
      return fail(ErrorCode::kInvalidArgument, "unknown_feedback", fmt::format("{}; leave it out of like and dislike", embedding.error().message));
    }
    if (!embedding) return propagate(embedding);
    vectors.push_back(live_now.model->projection.apply(*embedding));
  }
  return vectors;
}

}  // namespace

Result<std::vector<float>> product_embedding(Catalog& catalog, const Live& live_now, const std::string& external_id) {
  const auto ids = catalog.product_ids({external_id});
  if (!ids) return propagate(ids);
  if (!(*ids)[0]) return fail(ErrorCode::kNotFound, "unknown_product", fmt::format("there is no product '{}'", external_id.substr(0, 200)));
  std::vector<float> embedding;
  const auto read = catalog.for_each_indexable(live_now.model->encoder_id, {*(*ids)[0]}, [&embedding](const IndexRow& row) {
    if (embedding.empty()) embedding = decode_half(row.embedding);  // the first picture is the default one
    return Status{};
  });
  if (!read) return propagate(read);
  if (embedding.empty()) return fail(ErrorCode::kConflict, "no_picture", fmt::format("product '{}' has no picture to search with", external_id.substr(0, 200)));
  return embedding;
}

Result<std::vector<float>> compared_vector(Catalog& catalog, const Live& live_now, const SearchQuery& query, std::span<const float> embedding) {
  const auto liked = product_vectors(catalog, live_now, query.like);
  if (!liked) return propagate(liked);
  const auto disliked = product_vectors(catalog, live_now, query.dislike);
  if (!disliked) return propagate(disliked);
  return moved_by_feedback(live_now.model->projection.apply(embedding), *liked, *disliked);
}

}  // namespace nozama
