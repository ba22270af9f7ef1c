// What one training has learned to tell apart in a picture: its category, and attributes such as colour or material.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/linear_head.h"

namespace nozama {

// A category with too few products to be a class: they were learned as its nearest ancestor that is one.
struct BackedOffCategory {
  int64_t category = 0, taught_as = 0;  // category ids
  friend bool operator==(const BackedOffCategory&, const BackedOffCategory&) = default;
};

struct AttributeHead {
  std::string name;                 // "colour"
  std::vector<std::string> values;  // by class id
  LinearHead head;                  // class_ids: positions in `values`, in order
  friend bool operator==(const AttributeHead&, const AttributeHead&) = default;
};

// A plain value; stored as one blob, so that all of it is switched, kept and pruned together.
struct HeadSet {
  LinearHead categories;  // class_ids: category ids
  std::vector<BackedOffCategory> backed_off;
  std::vector<AttributeHead> attributes;

  std::vector<std::byte> serialise() const;
  // Also what LinearHead::serialise() wrote: a category head of an earlier build. kCorrupt "head_damaged" for anything else; sizes
  // are checked before memory is taken.
  static Result<HeadSet> deserialise(std::span<const std::byte> bytes);

  friend bool operator==(const HeadSet&, const HeadSet&) = default;
};

}  // namespace nozama
