// Embeddings of many crops of a folder's pictures: real vectors to measure the index with (`nozama bench embeddings`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include "base/error.h"

namespace nozama {

class Encoder;

struct CropEmbeddingOptions {
  std::filesystem::path pictures;  // a folder, with its subfolders
  std::filesystem::path out;       // a .npy file of float32, a row a crop, as the encoder gives them
  int64_t crops = 30;              // of every picture; each is 3 to 6 tenths of its width and of its height
  size_t threads = 1;
  uint64_t seed = 1;
};

struct CropEmbeddingReport {
  int64_t rows = 0;
  int64_t unreadable = 0;  // pictures left out
};

// The first crop of every picture comes first, then the second of every picture, and so on: any number of leading rows
// are of as many pictures as can be. kNotFound "no_pictures"; kCancelled leaves no file.
Result<CropEmbeddingReport> embed_crops(const Encoder& encoder, const CropEmbeddingOptions& options,
                                        const std::function<void(int64_t done, int64_t total)>& progress, std::stop_token stop);

}  // namespace nozama
