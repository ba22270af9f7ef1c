// What a picture looks like in a few bytes, alike for altered copies: another JPEG quality, size or brightness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "image/image.h"

namespace nozama {

// A grid of 8 × 8 cells, row by row; of each cell the mean Y, Cb and Cr (JFIF) as bytes. After the colour layout
// descriptor of MPEG-7 (Kasutani and Yamada, ICIP 2001), without its transform.
inline constexpr int kColourLayoutSide = 8;
inline constexpr size_t kColourLayoutBytes = size_t{kColourLayoutSide} * kColourLayoutSide * 3;
using ColourLayout = std::array<std::byte, kColourLayoutBytes>;

struct PerceptualHash {
  // Signs of the 64 lowest frequencies (DCT) of a 32 × 32 grey copy against their median. Zauner, "Implementation and
  // Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1. Without colour: a recoloured picture
  // may have the same.
  uint64_t bits = 0;
  ColourLayout colours{};
};

// Of a picture with at least one pixel. The proportions do not matter: it is squashed to a square.
PerceptualHash perceptual_hash(const Image& image);

// Bits that differ, 0..64. Unrelated pictures differ in 32 on average, altered copies in a few.
int hash_distance(uint64_t a, uint64_t b);

// How far two layouts are from being one picture in another brightness or contrast.
struct LayoutDifference {
  double colour = 0;    // the cells' differences of Cb and Cr after the contrast is made equal, as a share of what stands out from the border's colour
  double contrast = 1;  // the second's standard deviation of Y over the first's
  double pattern = 0;   // 1 - correlation of Y
};

// nullopt for layouts of another length than kColourLayoutBytes.
std::optional<LayoutDifference> layout_difference(std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace nozama
