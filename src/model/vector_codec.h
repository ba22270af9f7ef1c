// An embedding as a short opaque text: what a client keeps of its photo, which the server has forgotten.
//
// Bytes, little endian: what the levels are of (1), tag of the encoder id (4), step (f32), coded levels, checksum (4); as text
// base64url without padding. Each number of the embedding, or its root where none is negative, is rounded to a level, a whole multiple of the step, and the
// levels are coded at their information content. Nothing in it was learned, so it serves any shop, and it is at the level
// of the encoder, so retraining does not outdate it. See docs/decisions/0020-query-vector.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

// Thread-safe.
class VectorCodec {
 public:
  // For the embeddings of `encoder_id` ("efficientnet-lite2@1/bf16"), an encoder of this bundle.
  static Result<VectorCodec> open(const std::filesystem::path& bundle_dir, std::string_view encoder_id);

  VectorCodec(size_t embedding_dim, std::string_view encoder_id);

  size_t embedding_dim() const { return embedding_dim_; }

  // embedding.size() == embedding_dim(); numbers that are not finite count as 0. About 600 characters for a picture
  // seen by EfficientNet-Lite.
  std::string encode(std::span<const float> embedding) const;

  // An embedding close to the encoded one (cosine 0.98 and more, of long ones 0.93). Any text is safe: kInvalidArgument "bad_vector" for
  // what encode() never wrote, kConflict "stale_vector" for a vector of another encoder.
  Result<std::vector<float>> decode(std::string_view text) const;

 private:
  size_t embedding_dim_;
  uint32_t tag_;
};

}  // namespace nozama
