// The few colours that make up what a picture shows, with names that shoppers use.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "image/image.h"

namespace nozama {

// Where a picture's subject is: `height` × `width` weights, row-major, 0 = nowhere near it; they cover `box` of the
// picture, and outside it nothing is known of the subject. Borrows its values.
struct SubjectGrid {
  int width = 0, height = 0;
  std::span<const float> values = {};
  CropBox box = {};
};

struct DominantColour {
  std::string_view name;  // a stable slug of colour_names()
  uint8_t r = 0, g = 0, b = 0;
  float share = 0;  // of the subject
};

// Every name there is, in the order of a colour chart.
std::span<const std::string_view> colour_names();

// The name whose reference colours are nearest (CIE94).
std::string_view colour_name(uint8_t r, uint8_t g, uint8_t b);

inline constexpr int kColourSide = 48;  // a larger picture is first shrunk by fit_within() to this
inline constexpr float kColourShareMin = 0.12F;

// At most 4 colours, largest first, each with a share of at least kColourShareMin and a name of its own; empty only for a picture
// without pixels. Without a grid (no values) the middle of the picture counts most. A background that runs in from the
// border without an edge is left out, unless nothing else remains. Equal pictures give equal colours; never fails.
std::vector<DominantColour> dominant_colours(const Image& image, const SubjectGrid& subject = {});

}  // namespace nozama
