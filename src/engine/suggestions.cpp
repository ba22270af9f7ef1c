#include "engine/suggestions.h"

#include <algorithm>
#include <functional>
#include <map>
#include <ranges>

#include "catalog/catalog.h"
#include "catalog/search_words.h"
#include "index/vector_index.h"

namespace nozama {
namespace {

constexpr size_t kMatchesMax = 2000;  // whose brands are looked at
constexpr size_t kTitlesMax = 60;     // of the first matches, that words are taken from
constexpr size_t kQueriesMax = 5, kCategoriesMax = 3, kBrandsMax = 3, kProductsMax = 4;

// Do the words stand in the text one behind the other, the last one as a beginning?
bool has_beginning(std::string_view text, const std::vector<std::string>& words) {
  const std::vector<std::string> own = search_words(text);
  for (size_t start = 0; start + words.size() <= own.size(); ++start) {
    const auto from = own.begin() + static_cast<std::ptrdiff_t>(start);
    if (std::equal(words.begin(), words.end() - 1, from) && own[start + words.size() - 1].starts_with(words.back())) return true;
  }
  return false;
}

Status add_brands(const VectorIndex& index, const std::vector<ProductId>& matches, const std::vector<std::string>& words, std::vector<std::string>& brands) {
  const std::vector<FacetRequest> facet = {{.column = "brand", .top = kFacetTopMax}};
  const std::vector<ColumnSpec> columns = index.columns();
  if (std::ranges::find(columns, "brand", &ColumnSpec::name) == columns.end()) return {};
  NeighbourQuery of_matches;
  of_matches.only = matches;
  const auto counts = index.count(of_matches, facet);
  if (!counts) return propagate(counts);
  for (const FacetValue& value : counts->facets.front().values) {
    if (brands.size() < kBrandsMax && has_beginning(value.value, words)) brands.push_back(value.value);
  }
  return {};
}

}  // namespace

std::vector<std::string> completed_queries(std::string_view typed, const std::vector<std::string_view>& titles, size_t limit) {
  const size_t space = typed.find_last_of(' ');
  const std::string_view before = space == std::string_view::npos ? "" : typed.substr(0, space + 1);
  const std::vector<std::string> last = search_words(typed.substr(before.size()));
  if (last.size() != 1) return {};
  struct Completion {
    std::string text;
    size_t titles = 0;
  };
  std::map<std::string, Completion> completions;  // by the word as searches compare it
  for (std::string_view title : titles) {
    while (!title.empty()) {
      const std::string_view word = title.substr(0, title.find(' '));
      title.remove_prefix(std::min(title.size(), word.size() + 1));
      std::vector<std::string> own = search_words(word);
      if (own.size() != 1 || !own.front().starts_with(last.front()) || own.front() == last.front()) continue;
      Completion& completion = completions[std::move(own.front())];
      if (++completion.titles == 1) completion.text = std::string(before) + std::string(word.substr(0, word.find_last_not_of(",;:.!?)\"'") + 1));
    }
  }
  std::vector<Completion> best;
  for (auto& [word, completion] : completions) best.push_back(std::move(completion));
  std::ranges::stable_sort(best, std::ranges::greater{}, &Completion::titles);
  std::vector<std::string> queries;
  for (Completion& completion : best | std::views::take(limit)) queries.push_back(std::move(completion.text));
  return queries;
}

Result<Suggestions> suggest(Catalog& catalog, const VectorIndex& index, const std::vector<CategoryNode>& categories, const std::string& text,
                            const std::string& lang) {
  const std::vector<std::string> words = search_words(text);
  Suggestions suggestions;
  if (words.empty()) return suggestions;
  for (const CategoryNode& category : categories) {
    const bool fits = category.product_count > 0 && has_beginning(category.name, words);
    if (fits && suggestions.categories.size() < kCategoriesMax) suggestions.categories.push_back(category);
  }
  auto matches = catalog.text_matches(text, kMatchesMax);
  if (!matches) return propagate(matches);
  if (auto added = add_brands(index, *matches, words, suggestions.brands); !added) return propagate(added);
  if (matches->size() > kTitlesMax) matches->resize(kTitlesMax);
  auto cards = catalog.cards(*matches, lang);
  if (!cards) return propagate(cards);
  std::vector<std::string_view> titles;
  for (const ProductCard& card : *cards) titles.push_back(card.title);
  suggestions.queries = completed_queries(text, titles, kQueriesMax);
  if (cards->size() > kProductsMax) cards->resize(kProductsMax);
  suggestions.products = std::move(*cards);
  return suggestions;
}

}  // namespace nozama
