#include "engine/photo_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "engine/search_session.h"
#include "image/decode.h"
#include "image/dominant_colours.h"
#include "model/encoder.h"
#include "model/pooling.h"

namespace nozama {
namespace {

constexpr int kPlain = 8;  // of 255; a JPEG of one colour varies less

// One colour all over: a network sees things in it all the same.
bool is_plain(const Image& image) {
  std::array<uint8_t, 3> low = {255, 255, 255}, high = {0, 0, 0};
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    for (size_t channel = 0; channel < 3; ++channel) {
      low[channel] = std::min(low[channel], image.rgb[i + channel]);
      high[channel] = std::max(high[channel], image.rgb[i + channel]);
    }
  }
  for (size_t channel = 0; channel < 3; ++channel) {
    if (high[channel] > low[channel] + kPlain) return false;
  }
  return true;
}

}  // namespace

Overview overview_of(const EncoderInfo& info, const Image& image) { return {fit_within(image, kColourSide), seen_part(info, image.width, image.height)}; }

std::vector<ColourRecord> subject_colours(const EncoderInfo& info, const Overview& overview, std::span<const float> feature_map) {
  const std::vector<float> saliency = saliency_grid(feature_map, info.feature_map);
  const SubjectGrid grid{info.feature_map.width, info.feature_map.height, saliency, overview.seen};
  std::vector<ColourRecord> records;
  for (const DominantColour& colour : dominant_colours(overview.small, grid)) {
    records.push_back({std::string(colour.name), fmt::format("#{:02x}{:02x}{:02x}", colour.r, colour.g, colour.b), static_cast<double>(colour.share)});
  }
  return records;
}

PhotoReading look_closer(const Encoder& encoder, const Overview& overview, const CropBox& photo_part, Encoding encoding) {
  const EncoderInfo& info = encoder.info();
  PhotoReading reading;
  reading.embedding = std::move(encoding.embedding);
  reading.feature_map = std::move(encoding.feature_map);
  reading.seen = part_of(photo_part, overview.seen);
  reading.colours = subject_colours(info, overview, reading.feature_map);
  reading.plain = is_plain(overview.small);
  // The vectors of regions stand beside those of whole photos only where these are pooled from the map.
  if (!std::cmp_equal(pooled_size(info.feature_map), info.embedding_dim) || reading.plain) return reading;
  reading.regions = salient_regions(reading.feature_map, info.feature_map);
  for (SalientRegion& region : reading.regions) region.box = part_of(reading.seen, region.box);
  return reading;
}

Result<PhotoReading> read_photo(const Encoder& encoder, std::span<const std::byte> bytes, const std::optional<CropBox>& crop_box, StageTimings& timings) {
  Stopwatch watch;
  auto image = decode_photo(encoder, bytes, crop_box);
  if (!image) return propagate(image);
  const Overview overview = overview_of(encoder.info(), *image);
  timings.decode_ms = watch.lap_ms();
  auto encoding = encoder.encode(*image, {.feature_map = true});
  if (!encoding) return propagate(encoding);
  timings.encode_ms = watch.lap_ms();
  return look_closer(encoder, overview, crop_box.value_or(CropBox{}), std::move(*encoding));
}

}  // namespace nozama
