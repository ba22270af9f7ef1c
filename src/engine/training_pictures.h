// What training learns from, read once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/dataset.h"

namespace nozama {

class Workspace;

// Every picture of the catalogue that has an embedding, product by product. Of row i: variants[i] and so on.
struct TrainingPictures {
  Dataset data;                      // labels: 0; groups: products
  std::vector<int64_t> variants;     // 0 = the product as a whole
  std::vector<int64_t> categories;   // 0 = none
  std::vector<std::string> colours;  // the main one; "" = unknown
  std::vector<std::string> brands;   // "" = unknown
};

// kCorrupt "embedding_damaged" where one has another length than `dim`.
Result<TrainingPictures> read_training_pictures(Workspace& workspace, const std::string& encoder_id, size_t dim);

// All of the rows, or, of more than `pictures_max`, those of as many products from all over them as have about that many together.
std::vector<size_t> thinned_by_product(const Dataset& data, const std::vector<size_t>& rows, size_t pictures_max);

}  // namespace nozama
