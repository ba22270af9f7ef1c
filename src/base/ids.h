// Ids are types: a picture's id cannot be passed where a product's is expected.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace nozama {

template <class Tag>
struct Id {
  int64_t value = 0;
  auto operator<=>(const Id&) const = default;
};

using ProductId = Id<struct ProductTag>;
using VariantId = Id<struct VariantTag>;
using PictureId = Id<struct PictureTag>;
using ContentId = Id<struct ContentTag>;  // of a picture's bytes, which several pictures may share
using CategoryId = Id<struct CategoryTag>;

}  // namespace nozama

template <class Tag>
struct std::hash<nozama::Id<Tag>> {
  size_t operator()(nozama::Id<Tag> id) const noexcept { return std::hash<int64_t>{}(id.value); }
};
