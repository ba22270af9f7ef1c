#include "catalog/source_versions.h"

#include <gtest/gtest.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class SourceVersions : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(SourceVersions);

// features: G5
TEST_P(SourceVersions, TheLastVersionOfEachUrlIsKept) {
  const SourceVersion first = {"https://shop.example/a.jpg", "hash-a", "\"1\"", "Mon, 01 Jan 2024 00:00:00 GMT"},
                      other = {"https://shop.example/b.jpg", "hash-b", "", ""};
  ASSERT_TRUE(catalog_->save_source_versions({first, other}));
  const SourceVersion second = {first.source_ref, "hash-c", "\"2\"", ""};
  ASSERT_TRUE(catalog_->save_source_versions({second}));
  const auto found = catalog_->source_versions({other.source_ref, "https://shop.example/unknown.jpg", first.source_ref});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, (std::vector<std::optional<SourceVersion>>{other, std::nullopt, second}));
  EXPECT_TRUE(catalog_->source_versions({})->empty());
}

// features: G5
TEST_P(SourceVersions, TheyGoWithTheLastProductThatNamesTheUrl) {
  ProductRecord one = sample_product("one"), two = sample_product("two");
  two.pictures.front().source_ref = one.pictures.front().source_ref;
  upsert(one);
  upsert(two);
  const std::string shared = one.pictures.front().source_ref, own = one.pictures.back().source_ref, others = two.pictures.back().source_ref;
  const SourceVersion of_shared = {shared, "hash-a", "", ""}, of_own = {own, "hash-b", "", ""}, of_others = {others, "hash-c", "", ""};
  ASSERT_TRUE(catalog_->save_source_versions({of_shared, of_own, of_others}));
  using Versions = std::vector<std::optional<SourceVersion>>;

  ASSERT_TRUE(catalog_->delete_products({"one"}));
  EXPECT_EQ(*catalog_->source_versions({shared, own, others}), (Versions{of_shared, std::nullopt, of_others}));
  ASSERT_TRUE(catalog_->delete_products({"two"}));
  EXPECT_EQ(*catalog_->source_versions({shared, own, others}), (Versions{std::nullopt, std::nullopt, std::nullopt}));
}

}  // namespace
}  // namespace nozama
