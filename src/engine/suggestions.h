// What somebody who types may look for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

class Catalog;
class VectorIndex;

struct Suggestions {
  std::vector<std::string> queries;      // the text with its last word completed from titles, the most frequent first
  std::vector<CategoryNode> categories;  // with products, of which a word of the name begins as the text does
  std::vector<std::string> brands;       // so too, the most frequent first
  std::vector<ProductCard> products;     // the first that have every word
};

// Bounded however much matches: of many matches, titles and brands are those of the first. Nothing for a text without words.
Result<Suggestions> suggest(Catalog& catalog, const VectorIndex& index, const std::vector<CategoryNode>& categories, const std::string& text,
                            const std::string& lang);

// `typed` with its last word completed from each title that can; at most `limit`, those of the most titles first.
std::vector<std::string> completed_queries(std::string_view typed, const std::vector<std::string_view>& titles, size_t limit);

}  // namespace nozama
