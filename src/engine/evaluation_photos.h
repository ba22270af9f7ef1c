// The queries of an evaluation as photos: a list of files with the product that each shows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Encoder;

struct PhotoQuery {
  std::string name;  // as the list has it
  std::filesystem::path photo;
  std::string product_id;
};

// CSV with the columns picture, product_id; pictures are relative to it. kInvalidArgument "empty_feed", "missing_column", "bad_row".
Result<std::vector<PhotoQuery>> read_photo_queries(const std::filesystem::path& list);

// The embeddings of the photo, then of its altered copies, the same for the same name and seed. Fails when it cannot be read.
Result<std::vector<std::vector<float>>> embed_with_copies(const Encoder& encoder, const PhotoQuery& query, int copies, uint64_t seed);

}  // namespace nozama
