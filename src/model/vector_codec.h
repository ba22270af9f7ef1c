// An embedding as a short opaque text: what a client keeps of its photo, which the server has forgotten.
//
// Bytes: version (1), tag of the encoder id (4), scale (f32), coefficients (int8 × codec_dim), checksum (4);
// little endian; as text base64url without padding. The coefficients are the embedding's coordinates along the
// bundle's fixed directions (codec.bin), so a vector outlives retraining, but not a change of encoder.
#pragma once

#include <cstddef>
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
  // Reads the codec of a bundle for the embeddings of `encoder_id` ("efficientnet-lite2@1/bf16").
  static Result<VectorCodec> open(const std::filesystem::path& bundle_dir, std::string_view encoder_id);

  // `basis`: codec_dim × embedding_dim, row-major, orthonormal rows; `mean`: embedding_dim.
  VectorCodec(std::vector<float> mean, std::vector<float> basis, std::string_view encoder_id);

  size_t embedding_dim() const { return mean_.size(); }
  size_t codec_dim() const { return basis_.size() / mean_.size(); }

  // embedding.size() == embedding_dim(); numbers that are not finite count as 0.
  std::string encode(std::span<const float> embedding) const;

  // An embedding close to the encoded one. Any text is safe: kInvalidArgument "bad_vector" for what encode() never
  // wrote, kConflict "stale_vector" for a vector of another encoder.
  Result<std::vector<float>> decode(std::string_view text) const;

 private:
  std::vector<float> mean_, basis_;
  uint32_t tag_ = 0;
};

}  // namespace nozama
