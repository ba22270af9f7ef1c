// Many pictures → embeddings, on all cores.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Encoder;

// Gives the bytes of one picture when its turn comes. Called on any thread.
using PictureSource = std::function<Result<std::vector<std::byte>>()>;
PictureSource picture_file(std::filesystem::path path);

struct EmbeddedPicture {
  std::vector<float> embedding;  // empty when the picture could not be read
  std::string content_hash;
  std::string fault;  // why it could not be read
};

// One result a picture, in their order; what cannot be read keeps its fault and stops nothing. Holds at most a few
// pictures a thread at once, beside the results. kCancelled "cancelled".
Result<std::vector<EmbeddedPicture>> embed_pictures(const Encoder& encoder, std::span<const PictureSource> pictures, size_t threads,
                                                    const std::function<void(int64_t done, int64_t total)>& progress, std::stop_token stop);

}  // namespace nozama
