// What a shopper adds in words to a search by looks: "but in green".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/records.h"
#include "index/filter.h"

namespace nozama {

// Each list is one wish, and any of its values fulfils it; of the words, the more the better.
struct TextWishes {
  std::vector<std::string> colours;     // of colour_names()
  std::vector<std::string> categories;  // slugs, with all below
  std::vector<std::string> brands;      // as the catalogue writes them
  std::vector<std::string> words;       // the others, as of search_words()

  bool empty() const { return colours.empty() && categories.empty() && brands.empty() && words.empty(); }
  bool operator==(const TextWishes&) const = default;
};

// At most kWishWordsMax words are read. The names of colours are known in every language of the storefront, those of categories in the tree's; a name
// counts when all its words stand side by side. Endings do not matter: "chair" names Chairs, "grünes" is green. What is the name of something is no word.
inline constexpr size_t kWishWordsMax = 12;
TextWishes read_wishes(std::string_view text, const std::vector<CategoryNode>& tree, std::span<const std::string> brands);

// The products whose columns fulfil a wish: one filter a wish of colour, category or brand, and one of all together where there are several.
std::vector<Filter> wish_filters(const TextWishes& wishes);

// How well each product fulfils the wishes, the sum of 0 to 1 for each of the four. A rare word of the titles counts for more than one that most
// of these products have (Spärck Jones 1972); one that none of them has does not count.
std::vector<double> wish_fulfilment(const TextWishes& wishes, std::span<const ProductCard> products);

}  // namespace nozama
