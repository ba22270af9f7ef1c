#include "engine/text_wishes.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <utility>

#include "catalog/search_words.h"

namespace nozama {
namespace {

using Words = std::vector<std::string>;

// From this share of what stands out in its picture on, a product is of the colour; less counts for less.
constexpr double kColourShareFull = 0.4;

struct ColourWords {
  std::string_view colour;
  std::string_view names;  // with a space between
};

// English, German, French, Spanish, Japanese. What more than an ending tells apart is there twice.
constexpr ColourWords kColourWords[] = {
    {"black", "black schwarz noir noire negro negra 黒"},
    {"white", "white weiß blanc blanche blanco blanca 白"},
    {"grey", "grey gray grau gris 灰色 グレー"},
    {"red", "red rot rouge rojo roja 赤"},
    {"orange", "orange naranja オレンジ"},
    {"yellow", "yellow gelb jaune amarillo amarilla 黄色"},
    {"green", "green grün vert verte verde 緑"},
    {"turquoise", "turquoise türkis turquesa ターコイズ"},
    {"blue", "blue blau bleu bleue azul 青"},
    {"navy", "navy dunkelblau marine 紺"},
    {"purple", "purple violet lila violett violette morado morada 紫"},
    {"pink", "pink rosa rose ピンク"},
    {"brown", "brown braun marron 茶色"},
    {"beige", "beige ベージュ"},
};

// Little words that are in many titles and say nothing.
constexpr std::string_view kEmptyWords =
    " but in with and or the for of a an to aber mit und oder der die das ein eine mais en avec et ou le la les un une de du pero con y o el los las una の で "
    "が を は に ";

bool is_empty_word(const std::string& word) { return kEmptyWords.contains(' ' + word + ' '); }

// Of the words that languages decline names of colours and things with; enough to see that two words are one.
bool is_ending(std::string_view rest) {
  constexpr auto kEndings = std::to_array<std::string_view>({"", "s", "e", "es", "n", "en", "er", "em"});
  return std::ranges::find(kEndings, rest) != kEndings.end();
}

bool same_but_for_ending(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  constexpr size_t kStemMin = 3;
  return a == b || (a.size() >= kStemMin && b.starts_with(a) && is_ending(b.substr(a.size())));
}

// What a name in the text would be a wish for.
struct Name {
  Words words;
  std::vector<std::string> TextWishes::* wish;
  std::string value;
};

// Longer names first, so that "Green Living" is a brand and no colour.
std::vector<Name> known_names(const std::vector<CategoryNode>& tree, std::span<const std::string> brands) {
  std::vector<Name> names;
  for (const auto& [colour, words] : kColourWords) {
    for (const auto word : std::views::split(words, ' ')) names.push_back({search_words(std::string_view(word)), &TextWishes::colours, std::string(colour)});
  }
  for (const CategoryNode& node : tree) names.push_back({search_words(node.name), &TextWishes::categories, node.slug});
  for (const std::string& brand : brands) names.push_back({search_words(brand), &TextWishes::brands, brand});
  std::erase_if(names, [](const Name& name) { return name.words.empty(); });
  std::ranges::stable_sort(names, std::greater(), [](const Name& name) { return name.words.size(); });
  return names;
}

bool stands_at(const Name& name, const Words& words, size_t at) {
  if (at + name.words.size() > words.size()) return false;
  for (size_t i = 0; i < name.words.size(); ++i) {
    if (!same_but_for_ending(name.words[i], words[at + i])) return false;
  }
  return true;
}

void add_once(std::vector<std::string>& values, std::string value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
}

std::vector<std::string> with_all_below(const std::vector<CategoryNode>& tree, std::vector<std::string> slugs) {
  for (const CategoryNode& node : tree) {  // parents before their children
    if (std::ranges::find(slugs, node.parent_slug) != slugs.end()) add_once(slugs, node.slug);
  }
  return slugs;
}

double colour_fulfilment(const TextWishes& wishes, const ProductCard& product) {
  double share = 0;
  for (const ColourRecord& colour : product.colours) {
    if (std::ranges::find(wishes.colours, colour.name) != wishes.colours.end()) share += colour.share;
  }
  return std::min(1.0, share / kColourShareFull);
}

// How rarely each word is in the titles; 0 for one that is in none.
std::vector<double> word_weights(const Words& words, const std::vector<Words>& titles) {
  std::vector<double> weights;
  for (const std::string& word : words) {
    const auto has = [&](const Words& title) { return std::ranges::any_of(title, [&](const std::string& of) { return same_but_for_ending(word, of); }); };
    const auto count = static_cast<double>(std::ranges::count_if(titles, has));
    weights.push_back(count == 0 ? 0 : std::log(1 + static_cast<double>(titles.size()) / count));
  }
  return weights;
}

double word_fulfilment(const Words& words, const std::vector<double>& weights, const Words& title) {
  double found = 0, all = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    all += weights[i];
    if (std::ranges::any_of(title, [&](const std::string& of) { return same_but_for_ending(words[i], of); })) found += weights[i];
  }
  return all == 0 ? 0 : found / all;
}

}  // namespace

TextWishes read_wishes(std::string_view text, const std::vector<CategoryNode>& tree, std::span<const std::string> brands) {
  Words words = search_words(text);
  if (words.size() > kWishWordsMax) words.resize(kWishWordsMax);
  const std::vector<Name> names = known_names(tree, brands);
  TextWishes wishes;
  for (size_t at = 0; at < words.size();) {
    size_t used = 0;
    for (const Name& name : names) {
      if (name.words.size() < used || !stands_at(name, words, at)) continue;  // several categories may have one name
      used = name.words.size();
      add_once(wishes.*name.wish, name.value);
      if (name.wish == &TextWishes::colours) break;
    }
    if (used == 0 && !is_empty_word(words[at])) add_once(wishes.words, words[at]);
    at += std::max<size_t>(1, used);
  }
  wishes.categories = with_all_below(tree, std::move(wishes.categories));
  return wishes;
}

std::vector<Filter> wish_filters(const TextWishes& wishes) {
  std::vector<Filter> filters;
  if (!wishes.colours.empty()) filters.push_back(one_of("colour", wishes.colours));
  if (!wishes.categories.empty()) filters.push_back(one_of("category", wishes.categories));
  if (!wishes.brands.empty()) filters.push_back(one_of("brand", wishes.brands));
  if (filters.size() > 1) filters.push_back(all_of(filters));
  return filters;
}

std::vector<double> wish_fulfilment(const TextWishes& wishes, std::span<const ProductCard> products) {
  std::vector<Words> titles;
  if (!wishes.words.empty()) {
    for (const ProductCard& product : products) titles.push_back(search_words(product.title));
  }
  const std::vector<double> weights = word_weights(wishes.words, titles);
  const auto among = [](const std::vector<std::string>& values, const std::string& value) {
    return std::ranges::find(values, value) == values.end() ? 0.0 : 1.0;
  };
  std::vector<double> fulfilment;
  for (size_t i = 0; i < products.size(); ++i) {
    const ProductCard& product = products[i];
    double sum = colour_fulfilment(wishes, product) + among(wishes.categories, product.category_slug) + among(wishes.brands, product.brand);
    if (!wishes.words.empty()) sum += word_fulfilment(wishes.words, weights, titles[i]);
    fulfilment.push_back(sum);
  }
  return fulfilment;
}

}  // namespace nozama
