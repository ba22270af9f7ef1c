// Curation rules, on every database.
#include "catalog/curation.h"

#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CurationContract : public CatalogContract {
 protected:
  static CurationRule sample(const std::string& name, int64_t position = 0) {
    CurationRule rule;
    rule.name = name;
    rule.position = position;
    rule.words = "red chair";
    rule.products = {"a", "b c"};
    return rule;
  }
};
NOZAMA_ON_EVERY_STORE(CurationContract);

// features: H1
TEST_P(CurationContract, RulesComeBackInTheirOrderAsTheyWereSaved) {
  CurationStore store(*catalog_);
  CurationRule full = sample("later", 2);
  full.enabled = false;
  full.starts_ms = 1'000;
  full.ends_ms = 2'000;
  full.category = "chairs";
  full.vector = "AbC";
  full.similarity_min = 0.9;
  full.action = RuleAction::kBoost;
  full.boost = 0.25;
  full.place = 3;
  ASSERT_TRUE(store.save(full));
  ASSERT_TRUE(store.save(sample("first", 1)));
  const auto rules = store.rules();
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_THAT(*rules, SizeIs(2));
  EXPECT_EQ((*rules)[0].name, "first");
  EXPECT_FALSE((*rules)[0].starts_ms.has_value());
  const CurationRule& rule = (*rules)[1];
  EXPECT_FALSE(rule.enabled);
  EXPECT_EQ(rule.starts_ms, 1'000);
  EXPECT_EQ(rule.ends_ms, 2'000);
  EXPECT_EQ(rule.words, "red chair");
  EXPECT_EQ(rule.category, "chairs");
  EXPECT_EQ(rule.vector, "AbC");
  EXPECT_EQ(rule.similarity_min, 0.9);
  EXPECT_EQ(rule.action, RuleAction::kBoost);
  EXPECT_EQ(rule.boost, 0.25);
  EXPECT_EQ(rule.place, 3);
  EXPECT_THAT(rule.products, ElementsAre("a", "b c"));
}

// features: H1
TEST_P(CurationContract, EveryChangeIsInTheChangeLog) {
  CurationStore store(*catalog_);
  const int64_t before = *catalog_->current_seq();
  auto rule = store.save(sample("one"));
  ASSERT_TRUE(rule);
  rule->name = "two";
  ASSERT_TRUE(store.save(*rule));
  EXPECT_EQ(store.rule(rule->id)->name, "two");
  ASSERT_TRUE(store.remove(rule->id));
  EXPECT_THAT(*store.rules(), IsEmpty());
  const auto changes = catalog_->read_changes(before, 100);
  ASSERT_THAT(*changes, SizeIs(3));
  for (const Change& change : *changes) EXPECT_EQ(change.kind, ChangeKind::kCuration);
  EXPECT_EQ(store.remove(rule->id).error().reason, "unknown_rule");
  EXPECT_EQ(store.save(*rule).error().reason, "unknown_rule");
  EXPECT_EQ(store.rule(rule->id).error().reason, "unknown_rule");
}

// features: H1
TEST_P(CurationContract, ARuleThatCannotApplyIsRefused) {
  CurationStore store(*catalog_);
  const auto refused = [&](auto change) {
    CurationRule rule = sample("one");
    change(rule);
    const auto saved = store.save(rule);
    return !saved && saved.error().reason == "bad_rule";
  };
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.name = ""; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.name = "two\nlines"; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.products = {}; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.products = {"a", ""}; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.products.assign(RuleLimits::kProductsMax + 1, "a"); }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.action = RuleAction::kSinkOutOfStock; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.boost = 0; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.boost = 0.6; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.place = 0; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.place = RuleLimits::kPlaceMax + 1; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.similarity_min = 1.5; }));
  EXPECT_TRUE(refused([](CurationRule& rule) { rule.starts_ms = rule.ends_ms = 5; }));
  EXPECT_THAT(*store.rules(), IsEmpty());
}

// features: H1
TEST_P(CurationContract, MoreRulesThanTheLimitAreRefused) {
  CurationStore store(*catalog_);
  for (size_t i = 0; i < RuleLimits::kRulesMax; ++i) ASSERT_TRUE(store.save(sample("rule")));
  const auto refused = store.save(sample("one too many"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "bad_rule");
}

}  // namespace
}  // namespace nozama
