// The vectors of products, and a query's after what the shopper said of products.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/live_index.h"
#include "engine/search.h"

namespace nozama {

class Catalog;

// Of the first picture, before the projection. kNotFound "unknown_product"; kConflict "no_picture".
Result<std::vector<float>> product_embedding(Catalog& catalog, const Live& live_now, const std::string& external_id);

// What the index is asked for: the embedding projected, towards the liked products and away from the others. kInvalidArgument "unknown_feedback".
Result<std::vector<float>> compared_vector(Catalog& catalog, const Live& live_now, const SearchQuery& query, std::span<const float> embedding);

}  // namespace nozama
