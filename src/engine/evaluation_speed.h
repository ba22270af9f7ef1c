// How long this machine takes from a picture's bytes to its embedding.
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "engine/embed_pictures.h"

namespace nozama {

class Workspace;

struct EncodingSpeed {
  std::vector<double> decode_ms, encode_ms;  // of each picture, one at a time, as a search does it
  double pictures_per_second = 0;            // read, decoded and encoded on all cores, as an import does it
};

// With the encoder that serves. Unreadable pictures are left out. kCancelled "cancelled".
Result<EncodingSpeed> measure_encoding_speed(Workspace& workspace, std::span<const PictureSource> pictures, std::stop_token stop);

}  // namespace nozama
