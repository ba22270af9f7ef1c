// What pictures look like apart from any encoder, and which of them are one: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace nozama {

struct ColourRecord {
  std::string name;  // a slug: "red", "navy"
  std::string hex;   // "#b03a2e"
  double share = 0;  // 0..1 of what stands out in the picture; stored in hundredths
  bool operator==(const ColourRecord&) const = default;
};

// What a picture looks like, apart from any encoder.
struct PictureLook {
  uint64_t perceptual_hash = 0;
  std::vector<std::byte> colour_layout;  // of image/perceptual_hash.h
  std::vector<ColourRecord> colours;     // dominant ones, largest share first; at most 8
  bool operator==(const PictureLook&) const = default;
};

// One distinct picture as the search for near-duplicates wants it.
struct Fingerprint {
  ContentId content;
  uint64_t perceptual_hash = 0;
  std::vector<std::byte> colour_layout;
  std::optional<ContentId> group;  // absent = not compared with the others yet
  // Where it is used: the product and variant when that is one place; {0} = several products, several or no variants.
  ProductId only_product;
  VariantId only_variant;
};

struct DuplicateGroup {
  ContentId content;
  ContentId group;
};

// A picture of a product that is near-identical to another one.
struct DuplicatePicture {
  ContentId group;
  ContentId content;  // two of one content are the same file
  std::string product_id;
  std::string content_hash;
  std::string source_ref;
};

}  // namespace nozama
