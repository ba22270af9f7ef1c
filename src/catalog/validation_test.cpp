#include "catalog/validation.h"

#include <algorithm>
#include <functional>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

TEST(CleanText, AcceptsEveryWellFormedSequenceAndNoOther) {
  for (const char* text : {"", "abc", "é", "\u0800", "\uD7FF", "\uE000", "\uFFFF", "\U00010000", "\U0010FFFF", "a\tb\nc"}) {
    EXPECT_TRUE(is_clean_text(text)) << text;
  }
  for (const char* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xC3("}) {
    EXPECT_FALSE(is_clean_text(text)) << text;
  }
  EXPECT_FALSE(is_clean_text(std::string_view("a\0b", 3)));
}

TEST(CleanText, ALineHasNoControlCharacters) {
  EXPECT_TRUE(is_clean_line("Küche 3 — ソファ"));
  for (const char* text : {"a\nb", "a\tb", "\x7F", "\x1F"}) EXPECT_FALSE(is_clean_line(text));
}

ProductRecord full_record() {
  ProductRecord record = sample_product("a");
  record.other_category_paths = {{"Bath"}};
  record.variants = {{.key = "oak", .title = "Oak", .price_minor = 5, .stock = 6, .attributes = {{.name = "colour", .value = "brown"}}}};
  return record;
}

TEST(Digest, EveryStoredFieldCounts) {
  using Edit = std::function<void(ProductRecord&)>;
  const std::vector<Edit> edits = {
      [](auto& r) { r.external_id += "x"; },
      [](auto& r) { r.texts[0].lang = "fr"; },
      [](auto& r) { r.texts[0].title += "x"; },
      [](auto& r) { r.texts[1].description += "x"; },
      [](auto& r) { r.texts.pop_back(); },
      [](auto& r) { r.brand += "x"; },
      [](auto& r) { r.price_minor.reset(); },
      [](auto& r) { r.price_minor = 0; },
      [](auto& r) { r.currency = "USD"; },
      [](auto& r) { r.stock = 0; },
      [](auto& r) { r.stock.reset(); },
      [](auto& r) { r.rating = 4.4; },
      [](auto& r) { r.rating.reset(); },
      [](auto& r) { r.rating_count += 1; },
      [](auto& r) { r.url += "x"; },
      [](auto& r) { r.category_path.pop_back(); },
      [](auto& r) { r.category_path[1] += "x"; },
      [](auto& r) { r.other_category_paths[0][0] += "x"; },
      [](auto& r) { r.other_category_paths.clear(); },
      [](auto& r) { r.variants[0].key += "x"; },
      [](auto& r) { r.variants[0].title += "x"; },
      [](auto& r) { r.variants[0].price_minor.reset(); },
      [](auto& r) { r.variants[0].stock = 0; },
      [](auto& r) { r.variants[0].attributes[0].value += "x"; },
      [](auto& r) { r.variants.clear(); },
      [](auto& r) { r.pictures[0].content_hash = hash_of("other"); },
      [](auto& r) { r.pictures[0].variant_key = "oak"; },
      [](auto& r) { std::swap(r.pictures[0], r.pictures[1]); },
      [](auto& r) { r.attributes[0].name += "x"; },
      [](auto& r) { r.attributes.pop_back(); },
      [](auto& r) { std::swap(r.attributes[0], r.attributes[1]); },
  };
  const std::string original = digest(full_record());
  std::vector<std::string> seen = {original};
  for (const Edit& edit : edits) {
    ProductRecord record = full_record();
    edit(record);
    const std::string edited = digest(record);
    EXPECT_EQ(std::ranges::count(seen, edited), 0) << "edit " << seen.size() - 1;
    seen.push_back(edited);
  }
}

TEST(Digest, WhereAPictureWasReadDoesNotCount) {
  ProductRecord record = full_record();
  record.pictures[0].source_ref = "/elsewhere";
  record.pictures[0].source_size = 1;
  record.pictures[0].source_mtime_ms = 1;
  record.source_line = 99;
  EXPECT_EQ(digest(record), digest(full_record()));
}

TEST(Digest, TextsCannotRunIntoEachOther) {
  ProductRecord one = full_record();
  ProductRecord two = full_record();
  one.attributes = {{.name = "ab", .value = "c"}};
  two.attributes = {{.name = "a", .value = "bc"}};
  EXPECT_NE(digest(one), digest(two));
}

}  // namespace
}  // namespace nozama
