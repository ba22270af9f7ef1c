#include <gmock/gmock.h>

#include "catalog/search_words.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SearchWords, EveryLetterStaysAsItIsWhenItIsFoldedAgain) {
  const auto utf8 = [](uint32_t point) {
    std::string text;
    const auto add = [&](uint32_t byte) { text += static_cast<char>(static_cast<uint8_t>(byte)); };
    if (point < 0x80) {
      add(point);
    } else if (point < 0x800) {
      add(0xC0 | point >> 6);
      add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      add(0xE0 | point >> 12);
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    } else {
      add(0xF0 | point >> 18);
      add(0x80 | (point >> 12 & 0x3F));
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    }
    return text;
  };
  for (uint32_t point = 1; point < 0x110000; ++point) {
    const auto words = search_words("a" + utf8(point) + "b");
    std::string joined;
    for (const std::string& word : words) joined += word + ' ';
    ASSERT_EQ(search_words(joined), words) << std::hex << point;
  }
}

TEST(SearchWords, AreSmallLettersWithoutDiacritics) {
  EXPECT_THAT(search_words("Grüne STÜHLE, 3-Sitzer"), ElementsAre("grune", "stuhle", "3", "sitzer"));
  EXPECT_THAT(search_words("Straße Œuvre Łódź"), ElementsAre("strasse", "oeuvre", "lodz"));
  EXPECT_THAT(search_words("Cafe\xCC\x81 ΚΑΡΈΚΛΑΣ Ёлка"), ElementsAre("cafe", "καρεκλασ", "елка")) << "decomposed, Greek, Cyrillic";
  EXPECT_THAT(search_words("a\xC3(b c\xED\xA0\x80"
                           "d e\xF5\x80\x80\x80\xE2\x82"),
              ElementsAre("a", "b", "c", "d", "e"))
      << "broken";
  const std::string long_word(60, 'y');
  EXPECT_THAT(search_words(long_word + "Æ"), ElementsAre(long_word + "a")) << "cut, and the same when it is folded again";
  EXPECT_THAT(search_words(long_word + "a"), ElementsAre(long_word + "a"));
  EXPECT_THAT(search_words("ＯＡＫ ﾃ"), ElementsAre("oak", "ﾃ")) << "full width";
  EXPECT_THAT(search_words("木の椅子"), ElementsAre("木", "の", "椅", "子")) << "no spaces are written";
  EXPECT_THAT(search_words(" «→ 🪑 … ' \" * : ( ) "), IsEmpty());
}

TEST(SearchWords, TakeAnyBytes) {
  EXPECT_THAT(search_words(std::string("a\xFF\xC3"
                                       "b\0c\xE4\xB8",
                                       8)),
              ElementsAre("a", "b", "c"))
      << "a cut sequence ends a word and swallows nothing";
  EXPECT_EQ(search_words(std::string(1000, 'x')).front().size(), 61U);
}

class TextCatalog : public CatalogContract {
 protected:
  void add(const std::string& id, const std::string& title, const std::string& description = "", std::vector<std::string> category = {"Things"}) {
    ProductRecord record = sample_product(id, title);
    record.texts = {{.lang = "en", .title = title, .description = description}};
    record.brand = "";
    record.attributes.clear();
    record.category_path = std::move(category);
    upsert(record);
  }
  std::vector<std::string> found(const std::string& text, const std::string& category = "") {
    const auto page = catalog_->search_text({.category = category, .text = text});
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> ids;
    if (!page) return ids;
    for (const ProductCard& card : page->products) ids.push_back(card.external_id);
    EXPECT_EQ(page->total, std::ssize(ids));
    return ids;
  }
};
NOZAMA_ON_EVERY_STORE(TextCatalog);

TEST_P(TextCatalog, EveryWordIsNeededAndTheLastOneIsABeginning) {
  add("a", "Oak chair");
  add("b", "Oak table");
  add("c", "Steel chair");
  EXPECT_THAT(found("oak chair"), ElementsAre("a"));
  EXPECT_THAT(found("chair oak"), ElementsAre("a"));
  EXPECT_THAT(found("oak ch"), ElementsAre("a"));
  EXPECT_THAT(found("ch oak"), IsEmpty()) << "only the last word is a beginning";
  EXPECT_THAT(found("o"), ElementsAre("a", "b"));
  EXPECT_THAT(found("sofa"), IsEmpty());
  EXPECT_THAT(found(""), IsEmpty());
  EXPECT_THAT(found(" … "), IsEmpty());
}

TEST_P(TextCatalog, CaseAndDiacriticsDoNotMatter) {
  add("a", "Grüner STUHL");
  EXPECT_THAT(found("gruner stuhl"), ElementsAre("a"));
  EXPECT_THAT(found("GRÜNER Stühl"), ElementsAre("a"));
  add("b", "木の椅子");
  EXPECT_THAT(found("椅子"), ElementsAre("b"));
}

TEST_P(TextCatalog, TitlesComeBeforeTheRest) {
  add("a", "Cushion", "Fits every oak chair");
  add("b", "Oak chair");
  add("c", "Chair", "of oak");
  EXPECT_THAT(found("oak chair"), ElementsAre("b", "a", "c"));
  EXPECT_THAT(found("chair"), ElementsAre("b", "c", "a"));
}

TEST_P(TextCatalog, AllMatchesComeInTheOrderOfThePagesUpToABound) {
  add("a", "Cushion", "Fits every oak chair");
  add("b", "Oak chair");
  add("c", "Chair", "of oak");
  const auto ids = [&](const std::string& text, size_t limit) {
    const auto matches = catalog_->text_matches(text, limit);
    EXPECT_TRUE(matches);
    return catalog_->external_ids(matches.value_or(std::vector<ProductId>{})).value_or(std::vector<std::string>{});
  };
  EXPECT_THAT(ids("oak cha", 10), ElementsAre("b", "a", "c"));
  EXPECT_THAT(ids("oak cha", 2), ElementsAre("b", "a"));
  EXPECT_THAT(ids("oak cha", 1), ElementsAre("b"));
  EXPECT_THAT(ids(" … ", 10), IsEmpty());
}

TEST_P(TextCatalog, BrandIdVariantsAttributesAndCategoryAreSearched) {
  ProductRecord record = sample_product("SKU-4711");
  record.variants = {{.key = "w", .title = "Walnut", .price_minor = {}, .stock = {}, .attributes = {{.name = "size", .value = "Großformat"}}}};
  upsert(record);
  for (const char* text : {"holz studio", "sku 4711", "walnut", "grossformat", "chairs", "cc by", "eichenstuhl", "chair of oak"}) {
    EXPECT_THAT(found(text), ElementsAre("SKU-4711")) << text;
  }
}

TEST_P(TextCatalog, FollowsEveryWriteInItsTransaction) {
  add("a", "Oak chair");
  add("a", "Steel lamp");
  EXPECT_THAT(found("oak"), IsEmpty());
  EXPECT_THAT(found("lamp"), ElementsAre("a"));
  ASSERT_TRUE(catalog_->delete_products({"a"}));
  EXPECT_THAT(found("lamp"), IsEmpty());
  ProductBatch refused;
  refused.products = {sample_product("b", "Brass lamp")};
  refused.progress = JobProgress{.id = JobId{99}, .owner = "nobody", .counters = {}, .cursor = {}, .errors = {}};
  EXPECT_FALSE(catalog_->upsert(refused));
  EXPECT_THAT(found("lamp"), IsEmpty());
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

TEST_P(TextCatalog, PagesFollowOneAnotherWithoutGapsAndDoublets) {
  for (int i = 0; i < 23; ++i) {
    const std::string number = std::to_string(i);
    add("p" + number, i % 3 == 0 ? "Oak chair " + number : "Chair " + number, i % 3 == 0 ? "" : "of oak");
  }
  const std::vector<std::string> whole = found("oak chair");
  ASSERT_EQ(whole.size(), 23U);
  for (const int limit : {1, 4, 8, 23, 30}) {
    std::vector<std::string> paged;
    std::string after;
    do {
      const auto page = catalog_->search_text({.text = "oak chair", .after = after, .limit = limit});
      ASSERT_TRUE(page) << page.error().message;
      for (const ProductCard& card : page->products) paged.push_back(card.external_id);
      ASSERT_LE(paged.size(), whole.size());
      after = page->next;
    } while (!after.empty());
    EXPECT_EQ(paged, whole) << limit;
  }
  for (const char* bad : {"x", "2-1", "0-", "0-x", "0--1", "0-1x"}) {
    EXPECT_EQ(catalog_->search_text({.text = "oak", .after = bad}).error().reason, "bad_page") << bad;
  }
}

TEST_P(TextCatalog, ACategoryNarrowsTheSearch) {
  add("a", "Oak chair", "", {"Room", "Chairs"});
  add("b", "Oak table", "", {"Room", "Tables"});
  EXPECT_THAT(found("oak", "chairs"), ElementsAre("a"));
  EXPECT_THAT(found("oak", "room"), ElementsAre("a", "b"));
  EXPECT_EQ(catalog_->search_text({.category = "nowhere", .text = "oak"}).error().reason, "unknown_category");
}

TEST_P(TextCatalog, QueryLanguagesAreJustText) {
  add("a", "Oak chair");
  for (const char* text : {"\"", "oak\" OR \"x", "title : table", "* ^ -oak", "'", "oak' | 'x", "a & !b:*", "NEAR(oak chair)", "\\", "%_"}) {
    EXPECT_TRUE(catalog_->search_text({.text = text})) << text;
  }
  EXPECT_THAT(found("'oak' & \"chair\""), ElementsAre("a"));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "oak ";
  EXPECT_THAT(found(many), ElementsAre("a"));
}

// A catalogue of an earlier version has its words made when it is opened.
TEST_P(TextCatalog, AnOlderCatalogueIsIndexedWhenItIsOpened) {
  ProductRecord record = sample_product("a", "Oak chair");
  record.variants = {{.key = "w", .title = "Walnut", .price_minor = {}, .stock = {}, .attributes = {{.name = "finish", .value = "matt"}}}};
  upsert(record);
  catalog_.reset();
  make_older(*store_, 2);
  reopen();
  for (const char* text : {"oak chair", "studio", "walnut", "matt", "chairs", "chair of oak", "a"}) EXPECT_THAT(found(text), ElementsAre("a")) << text;
}

}  // namespace
}  // namespace nozama
