// What the catalogue keeps of a picture: its embedding, and its look.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

class Encoder;

// Decodes once and encodes once. The look is perceptual hash and colour layout of the whole picture, and dominant colours of
// what stands out in it. Errors of decode_image() and Encoder::encode().
Result<EmbeddingRecord> read_picture(const Encoder& encoder, std::span<const std::byte> bytes, const std::string& content_hash);

}  // namespace nozama
