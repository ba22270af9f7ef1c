#include "model/head_set.h"

#include <gtest/gtest.h>

#include "model/blob.h"
#include "model/damage_for_test.h"

namespace nozama {
namespace {

LinearHead small_head(std::vector<int64_t> class_ids) {
  return {.dim = 2, .scale = InputScale::kNone, .temperature = 2, .class_ids = std::move(class_ids), .weights = {1, 0, 0, 1}, .bias = {0, 0.5F}};
}

HeadSet small_set() {
  return {.categories = small_head({30, 10}),
          .backed_off = {{40, 10}, {41, 30}},
          .attributes = {{"colour", {"red", "grün"}, small_head({0, 1})}, {"material", {"", "wood"}, small_head({0, 1})}}};
}

TEST(HeadSet, RoundTrip) {
  EXPECT_EQ(HeadSet::deserialise(small_set().serialise()), small_set());
  const HeadSet bare{small_head({1, 2}), {}, {}};
  EXPECT_EQ(HeadSet::deserialise(bare.serialise()), bare);
}

TEST(HeadSet, ACategoryHeadOfAnEarlierBuildIsRead) {
  const auto read = HeadSet::deserialise(small_head({30, 10}).serialise());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->categories, small_head({30, 10}));
  EXPECT_TRUE(read->attributes.empty());
}

TEST(HeadSet, DamageIsNoticed) { expect_damage_noticed(small_set().serialise(), HeadSet::deserialise, "head_damaged"); }

TEST(HeadSet, AnAttributeOfAnotherDimensionOrWithOtherClassesIsRefused) {
  HeadSet set = small_set();
  set.attributes[0].head.class_ids = {1, 0};
  EXPECT_EQ(HeadSet::deserialise(set.serialise()).error().reason, "head_damaged");
  set = small_set();
  set.attributes[0].head.dim = 1;
  set.attributes[0].head.weights = {1, 0};
  EXPECT_EQ(HeadSet::deserialise(set.serialise()).error().reason, "head_damaged");
}

TEST(HeadSet, CountsThatPromiseMoreThanTheBytesHoldTakeNoMemory) {
  BlobWriter writer("NZHS", 1);
  small_head({30, 10}).write_to(writer);
  writer.put(~uint32_t{0});
  EXPECT_EQ(HeadSet::deserialise(std::move(writer).finish()).error().reason, "head_damaged");
}

}  // namespace
}  // namespace nozama
