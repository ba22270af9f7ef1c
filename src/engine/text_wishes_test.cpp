#include "engine/text_wishes.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

using Texts = std::vector<std::string>;

std::vector<CategoryNode> tree() {
  return {{.id = {1}, .parent = {}, .slug = "living", .name = "Living room", .parent_slug = ""},
          {.id = {2}, .parent = {1}, .slug = "chairs", .name = "Chairs", .parent_slug = "living"},
          {.id = {3}, .parent = {}, .slug = "stuehle", .name = "Stühle", .parent_slug = ""}};
}

TextWishes wishes(std::string_view text) { return read_wishes(text, tree(), Texts{"Green Living", "Müller & Co"}); }

ProductCard card(std::string title, std::string colour, double share, std::string category = "", std::string brand = "") {
  ProductCard card{};
  card.title = std::move(title);
  card.brand = std::move(brand);
  card.category_slug = std::move(category);
  card.colours = {{.name = std::move(colour), .hex = "#000000", .share = share}};
  return card;
}

// features: A6
TEST(TextWishes, AColourIsReadInEveryLanguageOfTheStorefrontWhateverItsEnding) {
  for (const char* text : {"but in green", "aber in Grün", "ein grünes Sofa", "plutôt vert", "mais vertes", "pero verdes", "緑の"}) {
    EXPECT_EQ(wishes(text).colours, Texts{"green"}) << text;
  }
  EXPECT_EQ(wishes("red or weiß").colours, (Texts{"red", "white"}));
  EXPECT_TRUE(wishes("redesigned").colours.empty());
}

TEST(TextWishes, ANameOfACategoryStandsForAllBelowItAndNeedsAllItsWords) {
  EXPECT_EQ(wishes("a chair").categories, Texts{"chairs"});
  EXPECT_EQ(wishes("for the living room").categories, (Texts{"living", "chairs"}));
  EXPECT_EQ(wishes("Stuhl").categories, Texts{"stuehle"});
  EXPECT_TRUE(wishes("room").categories.empty());
}

TEST(TextWishes, TheLongerNameWinsAndIsNeitherColourNorWord) {
  EXPECT_EQ(wishes("green living"), (TextWishes{.brands = {"Green Living"}}));
  EXPECT_EQ(wishes("MULLER co oak"), (TextWishes{.brands = {"Müller & Co"}, .words = {"oak"}}));
}

TEST(TextWishes, WordsThatSayNothingAndMoreThanAFewAreLeftOut) {
  EXPECT_TRUE(wishes("but with the").empty());
  EXPECT_TRUE(wishes("!!! ...").empty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "word" + std::to_string(i) + " ";
  EXPECT_EQ(wishes(many).words.size(), kWishWordsMax);
}

TEST(TextWishes, AProductIsOfAColourByItsShare) {
  const std::vector<ProductCard> products = {card("A", "green", 0.8), card("B", "green", 0.2), card("C", "red", 0.9)};
  const auto fulfilment = wish_fulfilment(wishes("green"), products);
  EXPECT_DOUBLE_EQ(fulfilment[0], 1);
  EXPECT_DOUBLE_EQ(fulfilment[1], 0.5);
  EXPECT_DOUBLE_EQ(fulfilment[2], 0);
}

TEST(TextWishes, RareWordsOfTitlesCountForMoreAndUnknownOnesNotAtAll) {
  const std::vector<ProductCard> products = {card("Oak chair", "", 0), card("Chair with armrests", "", 0), card("Chair", "", 0)};
  const auto fulfilment = wish_fulfilment({.words = {"chair", "armrest", "flying"}}, products);
  EXPECT_DOUBLE_EQ(fulfilment[1], 1);
  EXPECT_LT(fulfilment[0], 0.5);
  EXPECT_DOUBLE_EQ(fulfilment[0], fulfilment[2]);
  EXPECT_DOUBLE_EQ(wish_fulfilment({.words = {"flying"}}, products)[0], 0);
}

TEST(TextWishes, WishesAddUp) {
  const std::vector<ProductCard> products = {card("Oak", "green", 1, "chairs", "Green Living"), card("Oak", "red", 1, "tables", "Green Living")};
  const auto fulfilment = wish_fulfilment(wishes("green chair oak green living"), products);
  EXPECT_DOUBLE_EQ(fulfilment[0], 4);
  EXPECT_DOUBLE_EQ(fulfilment[1], 2);
}

TEST(TextWishes, ColumnsAreFilteredByEachWishAndByAllTogether) {
  EXPECT_TRUE(wish_filters(wishes("oak")).empty());
  EXPECT_EQ(wish_filters(wishes("green")).size(), 1U);
  const auto filters = wish_filters(wishes("green chair"));
  ASSERT_EQ(filters.size(), 3U);
  EXPECT_EQ(filters[2], all_of({filters[0], filters[1]}));
}

}  // namespace
}  // namespace nozama
