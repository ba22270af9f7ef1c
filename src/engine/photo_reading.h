// A photo as a search sees it: one decode and one forward pass give everything.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/search.h"
#include "model/regions.h"

namespace nozama {

class Encoder;

struct PhotoReading {
  std::vector<float> embedding;
  std::vector<float> feature_map;      // of the encoder's shape; empty where the bundle has none
  CropBox seen;                        // what of the upright photo the map covers
  std::vector<ColourRecord> colours;   // of what stands out, largest share first
  std::vector<SalientRegion> regions;  // boxes in fractions of the upright photo
  bool plain = false;                  // one colour all over: nothing is on it
};

// Fills the decode and encode times. A picture of one colour has no regions. Errors as for decode_image().
Result<PhotoReading> read_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop, StageTimings& timings);

// All that is looked at besides the encoder's own input. To be taken before the forward pass, which would drive the picture's
// pixels out of the processor's caches.
struct Overview {
  Image small;   // the whole picture, as small as colours need it
  CropBox seen;  // what of it the network sees
};
Overview overview_of(const EncoderInfo& info, const Image& image);

// What read_photo() adds to decoding and encoding: `photo_part` is the part of the photo that the overview is of.
PhotoReading look_closer(const Encoder& encoder, const Overview& overview, const CropBox& photo_part, Encoding encoding);

// The dominant colours of what stands out; of the middle of the picture where there is no map.
std::vector<ColourRecord> subject_colours(const EncoderInfo& info, const Overview& overview, std::span<const float> feature_map);

}  // namespace nozama
