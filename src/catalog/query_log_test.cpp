// The query log, on every database.
#include "catalog/query_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "catalog/analytics.h"
#include "catalog/shelves.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class QueryLogContract : public CatalogContract {
 protected:
  static QueryRecord sample(const std::string& id, int64_t time_ms) {
    return {.id = id,
            .time_ms = time_ms,
            .kind = QueryKind::kPhoto,
            .text = "",
            .category = "chairs",
            .seen_category = "sofas",
            .filter = "price < 10",
            .results = 2,
            .best_score = 0.75,
            .timings = {1, 2, 3, 4, 10},
            .vector = "AbC",
            .first_products = {"a", "b c"}};
  }
};
NOZAMA_ON_EVERY_STORE(QueryLogContract);

// features: H2
TEST_P(QueryLogContract, ASearchComesBackAsItWasSaved) {
  QueryLog log(*catalog_);
  QueryRecord text = sample("two", 2'000);
  text.kind = QueryKind::kText;
  text.text = "red chair";
  text.best_score = std::nullopt;
  text.vector = "";
  text.first_products = {};
  ASSERT_TRUE(log.save({sample("one", 1'000), text}));
  const auto one = log.query("one");
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->time_ms, 1'000);
  EXPECT_EQ(one->category, "chairs");
  EXPECT_EQ(one->seen_category, "sofas");
  EXPECT_EQ(one->filter, "price < 10");
  EXPECT_EQ(one->results, 2);
  EXPECT_EQ(one->best_score, 0.75);
  EXPECT_EQ(one->timings.total_ms, 10);
  EXPECT_EQ(one->vector, "AbC");
  EXPECT_THAT(one->first_products, ElementsAre("a", "b c"));
  const auto two = log.query("two");
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->kind, QueryKind::kText);
  EXPECT_EQ(two->text, "red chair");
  EXPECT_FALSE(two->best_score.has_value());
  EXPECT_THAT(two->first_products, SizeIs(0));
  EXPECT_EQ(log.query("three").error().reason, "unknown_query");
}

// features: H2
TEST_P(QueryLogContract, SavingAgainChangesNothing) {
  QueryLog log(*catalog_);
  ASSERT_TRUE(log.save({sample("one", 1'000)}));
  ASSERT_TRUE(log.save({sample("one", 5'000), sample("two", 2'000)}));
  EXPECT_EQ(log.query("one")->time_ms, 1'000);
  EXPECT_TRUE(log.query("two"));
}

// features: H2
TEST_P(QueryLogContract, OldSearchesAndTheirEventsAreForgottenAndImportedEventsStay) {
  QueryLog log(*catalog_);
  ASSERT_TRUE(log.save({sample("old", 1'000), sample("new", 2'000)}));
  ASSERT_TRUE(log.save_events({{"click", "a", "old", 1, 1'000}, {"view", "a", "", {}, 1'500}, {"cart", "a", "new", 2, 2'000}}));
  ASSERT_TRUE(catalog_->save_events({{"review", "a", "ann", 5, 1'000}}));
  const auto forgotten = log.forget_before(2'000);
  ASSERT_TRUE(forgotten) << forgotten.error().message;
  EXPECT_EQ(*forgotten, 3);
  EXPECT_FALSE(log.query("old"));
  EXPECT_TRUE(log.query("new"));
  EXPECT_THAT(*catalog_->events("a"), SizeIs(2));
  EXPECT_EQ(catalog_->events("a")->front().kind, "review");
  EXPECT_THAT(*log.events("old"), SizeIs(0));
  const auto kept = log.events("new");
  ASSERT_THAT(*kept, SizeIs(1));
  EXPECT_EQ(kept->front().kind, "cart");
  EXPECT_EQ(kept->front().position, 2);
  EXPECT_EQ(*log.forget_before(2'000), 0);
}

// features: H2
TEST_P(QueryLogContract, TheListIsPagedWithoutGapsAndDuplicatesWhenTimesAreEqual) {
  QueryLog log(*catalog_);
  std::vector<QueryRecord> queries;
  for (int i = 0; i < 25; ++i) queries.push_back(sample("id" + std::to_string(100 + i), 1'000 + i / 5));
  ASSERT_TRUE(log.save(queries));
  std::vector<std::string> seen;
  QueryListQuery query{.limit = 4};
  do {
    const auto page = log.list(query);
    ASSERT_TRUE(page) << page.error().message;
    for (const QueryRecord& one : page->queries) seen.push_back(one.id);
    query.after = page->next;
  } while (!query.after.empty());
  ASSERT_THAT(seen, SizeIs(25));
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25U);
  EXPECT_EQ(log.list({.after = "nonsense"}).error().reason, "bad_page");
  EXPECT_EQ(log.list({.limit = 0}).error().reason, "bad_page");
}

// features: H2
TEST_P(QueryLogContract, TheListIsNarrowedByKindByNoResultsAndBySlowness) {
  QueryLog log(*catalog_);
  QueryRecord empty = sample("empty", 1'000), slow = sample("slow", 2'000), text = sample("text", 3'000);
  empty.results = 0;
  slow.timings.total_ms = 500;
  text.kind = QueryKind::kText;
  ASSERT_TRUE(log.save({empty, slow, text}));
  EXPECT_EQ(log.list({.without_results = true})->queries.front().id, "empty");
  EXPECT_THAT(log.list({.without_results = true})->queries, SizeIs(1));
  EXPECT_EQ(log.list({.total_ms_min = 100})->queries.front().id, "slow");
  EXPECT_THAT(log.list({.total_ms_min = 100})->queries, SizeIs(1));
  EXPECT_THAT(log.list({.kind = QueryKind::kPhoto})->queries, SizeIs(2));
  EXPECT_THAT(log.list({.kind = QueryKind::kUrl})->queries, SizeIs(0));
}

// features: E4
TEST_P(QueryLogContract, ShelvesShowWhatShoppersDidOfLateTheMostReviewedAndTheNewest) {
  const auto product = [](const std::string& id, int64_t reviews, bool pictured = true) {
    ProductRecord record = sample_product(id, id);
    record.rating = 4;
    record.rating_count = reviews;
    record.pictures.clear();
    if (pictured) record.pictures.push_back({.content_hash = content_hash(std::as_bytes(std::span(id))), .width = 10, .height = 10, .source_ref = "/" + id});
    return record;
  };
  for (const auto& record : {product("a", 5), product("b", 50), product("c", 0), product("bare", 500, false)}) upsert(record);
  ASSERT_TRUE(QueryLog(*catalog_).save_events({{"view", "a", "", std::nullopt, 1'000},
                                               {"click", "a", "q", 1, 1'100},
                                               {"order", "c", "", std::nullopt, 1'200},
                                               {"order", "b", "", std::nullopt, 100},
                                               {"order", "bare", "", std::nullopt, 1'300},
                                               {"order", "gone", "", std::nullopt, 1'300}}));
  ASSERT_TRUE(catalog_->save_events({{"review", "b", "ann", 5, 1'400}}));
  ShelfStore shelves(*catalog_);
  const auto names = [&](const Result<std::vector<ProductId>>& ids) {
    std::vector<std::string> external;
    const auto cards = catalog_->cards(*ids, "en");
    for (const ProductCard& card : *cards) external.push_back(card.external_id);
    return external;
  };
  EXPECT_THAT(names(shelves.trending(500, 12)), ElementsAre("c", "a"));
  EXPECT_THAT(names(shelves.trending(500, 1)), ElementsAre("c"));
  EXPECT_THAT(names(shelves.most_reviewed(12)), ElementsAre("b", "a"));
  EXPECT_THAT(names(shelves.newest(12)), ElementsAre("c", "b", "a"));
}

// features: H2
TEST_P(QueryLogContract, StatisticsCountSearchesSuccessesAndEventsOfTheTime) {
  QueryLog log(*catalog_);
  upsert(sample_product("a", "Oak chair"));
  QueryRecord text = sample("t1", 1'500), same = sample("t2", 1'600), outside = sample("out", 9'000);
  text.kind = same.kind = QueryKind::kText;
  text.text = "Chair";
  same.text = "chair";
  same.results = 0;
  ASSERT_TRUE(log.save({sample("p", 1'000), text, same, outside}));
  ASSERT_TRUE(log.save_events({{"click", "a", "p", 1, 1'100},
                               {"click", "a", "p", 4, 1'200},
                               {"order", "a", "p", 1, 1'300},
                               {"click", "gone", "nobody asked this", 1, 1'400},
                               {"cart", "a", "p", 1, 8'000}}));
  ASSERT_TRUE(catalog_->save_events({{"review", "a", "ann", 5, 1'400}}));
  const auto figures = Analytics(*catalog_).figures(1'000, 5'000);
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->total.searches, 3);
  EXPECT_EQ(figures->total.without_results, 1);
  EXPECT_EQ(figures->total.clicked, 1);
  EXPECT_EQ(figures->total.converted, 1);
  EXPECT_EQ(figures->clicks, 3);
  EXPECT_EQ(figures->orders, 1);
  EXPECT_EQ(figures->carts, 0);
  EXPECT_EQ(figures->click_position, 2.0);
  ASSERT_THAT(figures->points, SizeIs(1));
  EXPECT_EQ(figures->points[0].start_ms, 0);
  EXPECT_EQ(figures->points[0].searches, 3);
  EXPECT_EQ(figures->points[0].mean_ms, 10);
  ASSERT_THAT(figures->searches, SizeIs(1));
  EXPECT_EQ(figures->searches[0].text, "chair");
  EXPECT_EQ(figures->searches[0].searches, 2);
  EXPECT_EQ(figures->searches[0].without_results, 1);
  ASSERT_THAT(figures->products, SizeIs(2));
  EXPECT_EQ(figures->products[0].title, "Oak chair");
  EXPECT_EQ(figures->products[0].clicks, 2);
  EXPECT_EQ(figures->products[1].title, "");
  EXPECT_THAT(*log.events("p"), SizeIs(4));
  const auto nothing = Analytics(*catalog_).figures(100'000, 200'000);
  EXPECT_EQ(nothing->total.searches, 0);
  EXPECT_FALSE(nothing->click_position.has_value());
  EXPECT_EQ(Analytics(*catalog_).figures(5, 5).error().reason, "bad_range");
  EXPECT_EQ(Analytics(*catalog_).figures(0, Analytics::kSpanMsMax + 1).error().reason, "bad_range");
}

// features: H2
TEST_P(QueryLogContract, TheLogIsOnUntilSomebodySwitchesItOff) {
  QueryLog log(*catalog_);
  EXPECT_FALSE(*log.enabled());
  ASSERT_TRUE(log.set_enabled(true));
  EXPECT_TRUE(*log.enabled());
  ASSERT_TRUE(log.set_enabled(false));
  EXPECT_FALSE(*log.enabled());
}

// features: C7
TEST_P(QueryLogContract, RecallOfSeveralMetersAddsUpAndAMetersNewWordReplacesItsOld) {
  Analytics analytics(*catalog_);
  ASSERT_TRUE(analytics.save_recall("first", {{3'600'000, 1, 30, 30}, {7'200'000, 2, 60, 59}}));
  ASSERT_TRUE(analytics.save_recall("first", {{7'200'000, 3, 90, 88}}));
  ASSERT_TRUE(analytics.save_recall("second", {{7'200'000, 1, 30, 30}}));
  const auto hours = analytics.recall(0, 100'000'000);
  ASSERT_TRUE(hours) << hours.error().message;
  ASSERT_THAT(*hours, SizeIs(2));
  EXPECT_EQ((*hours)[0].found, 30);
  EXPECT_EQ((*hours)[1].searches, 4);
  EXPECT_EQ((*hours)[1].expected, 120);
  EXPECT_EQ((*hours)[1].found, 118);
}

// features: C7
TEST_P(QueryLogContract, OldHoursOfTheRecallMetersAreForgottenAndTheRestStays) {
  Analytics analytics(*catalog_);
  ASSERT_TRUE(analytics.save_recall("first", {{3'600'000, 1, 30, 30}, {7'200'000, 2, 60, 59}}));
  ASSERT_TRUE(analytics.save_recall("second", {{3'600'000, 1, 30, 30}}));
  EXPECT_EQ(*analytics.forget_recall_before(7'200'000), 2);
  EXPECT_EQ(*analytics.forget_recall_before(7'200'000), 0);
  const auto hours = analytics.recall(0, 100'000'000);
  ASSERT_THAT(*hours, SizeIs(1));
  EXPECT_EQ(hours->front().start_ms, 7'200'000);
}

}  // namespace
}  // namespace nozama
