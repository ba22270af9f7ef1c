#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/evaluation_compare.h"
#include "engine/evaluation_figures.h"
#include "engine/evaluation_html.h"

namespace nozama {
namespace {

QueryOutcome outcome(int64_t soft, int64_t none, int64_t hard, int64_t category, int64_t guess, double confidence) {
  QueryOutcome one;
  one.soft.rank = soft;
  one.none.rank = none;
  one.hard.rank = hard;
  one.category.value = category;
  one.guess.value = guess;
  one.has_guess = true;
  one.confidence = confidence;
  one.by_category = {{true, false}, 2};
  return one;
}

// features: H4
TEST(EvaluationFigures, MatchHandComputedValues) {
  Gallery gallery;
  for (int64_t product = 1; product <= 10; ++product) gallery.category_of[product] = {product <= 4 ? 1 : 2};
  gallery.products_in = {{1, 4}, {2, 6}};
  EvaluationReport report;
  report.outcomes = {outcome(1, 1, 1, 1, 1, 0.9), outcome(3, 2, 0, 1, 2, 0.6), outcome(0, 20, 0, 2, 1, 0.5), outcome(40, 50, 2, 2, 2, 0.8)};
  QueryOutcome lonely = outcome(0, 0, 0, 2, 2, 0.7);
  lonely.findable = false;
  report.outcomes.push_back(lonely);
  fill_figures(gallery, {{1, "shoes"}, {2, "hats"}}, report);
  EXPECT_EQ(report.queries, 5);
  EXPECT_EQ(report.product_queries, 4);
  EXPECT_EQ(report.products, 10);
  EXPECT_DOUBLE_EQ(report.soft_gate.recall_at_1.value, 0.25);
  EXPECT_DOUBLE_EQ(report.soft_gate.recall_at_5.value, 0.5);
  EXPECT_DOUBLE_EQ(report.no_gate.recall_at_30.value, 0.75);
  EXPECT_NEAR(report.soft_gate.mrr.value, (1 + 1.0 / 3 + 1.0 / 40) / 4, 1e-12);
  EXPECT_EQ(report.lost_by_hard_gate, 2);  // the second and the third; of the fourth no gate finds nothing either
  EXPECT_DOUBLE_EQ(report.found_by_soft_gate.value, 0.5);
  EXPECT_DOUBLE_EQ(report.category_accuracy.value, 0.6);
  EXPECT_NEAR(report.baseline.recall_at_1, (2 * 0.25 + 2.0 / 6) / 4, 1e-12);
  EXPECT_DOUBLE_EQ(report.by_category.map_at_30.value, 0.5);
  EXPECT_DOUBLE_EQ(report.by_category.recall_at_30.value, 0.5);
  ASSERT_EQ(report.category_rows.size(), 2U);
  EXPECT_EQ(report.category_rows[0].slug, "hats");
  EXPECT_EQ(report.category_rows[1].queries, 2);
  EXPECT_DOUBLE_EQ(report.category_rows[1].accuracy, 0.5);
}

TEST(EvaluationFigures, ACatalogueWithoutHeadAndWithoutCategoriesHasNoneOfTheirFigures) {
  EvaluationReport report;
  QueryOutcome one;
  one.soft.rank = 1;
  report.outcomes = {one};
  fill_figures({}, {}, report);
  EXPECT_FALSE(report.has_head);
  EXPECT_DOUBLE_EQ(report.soft_gate.recall_at_1.value, 1);
  EXPECT_TRUE(report.category_rows.empty());
}

std::string report_of(const std::vector<std::pair<std::string, int>>& queries, const std::string& extra = "") {
  std::string names, right;
  for (const auto& [name, value] : queries) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", name);
    right += fmt::format("{}{}", right.empty() ? "" : ",", value);
  }
  return fmt::format(R"({{"kind":"labelled","encoder":"e","per_query":{{"query":[{}],"accuracy":[{}]{}}}}})", names, right, extra);
}

std::vector<std::pair<std::string, int>> hundred(int right) {
  std::vector<std::pair<std::string, int>> queries;
  for (int i = 0; i < 100; ++i) queries.emplace_back("q" + std::to_string(i), i < right ? 1 : 0);
  return queries;
}

// features: H4
TEST(CompareEvaluations, TellsALossFromNoise) {
  const auto loss = compare_evaluations(report_of(hundred(90)), report_of(hundred(70)));
  ASSERT_TRUE(loss) << loss.error().message;
  ASSERT_EQ(loss->figures.size(), 1U);
  EXPECT_EQ(loss->figures[0].name, "accuracy");
  EXPECT_DOUBLE_EQ(loss->figures[0].before, 0.9);
  EXPECT_NEAR(loss->figures[0].change.difference, -0.2, 1e-12);
  EXPECT_TRUE(loss->worse());
  EXPECT_FALSE(compare_evaluations(report_of(hundred(90)), report_of(hundred(89)))->worse());
  EXPECT_FALSE(compare_evaluations(report_of(hundred(70)), report_of(hundred(90)))->worse());
}

TEST(CompareEvaluations, MatchesQueriesByName) {
  auto queries = hundred(50);
  const std::string before = report_of(queries);
  std::reverse(queries.begin(), queries.end());
  const auto same = compare_evaluations(before, report_of(queries));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->figures[0].change.p, 1);
}

TEST(CompareEvaluations, RanksBecomeRecallAndQueriesWithoutARankAreLeftOut) {
  const auto rows = [](const std::string& ranks) {
    return R"({"kind":"catalogue","per_query":{"query":["a","b","c"],"rank":[)" + ranks + R"(],"confidence":[0.5,0.5,0.5],"accuracy":[1,0,1]}})";
  };
  const auto compared = compare_evaluations(rows("1,4,null"), rows("2,0,null"));
  ASSERT_TRUE(compared) << compared.error().message;
  for (const ComparedFigure& figure : compared->figures) {
    if (figure.name == "recall_at_1") {
      EXPECT_EQ(figure.queries, 2);
      EXPECT_DOUBLE_EQ(figure.before, 0.5);
      EXPECT_DOUBLE_EQ(figure.after, 0);
    }
    if (figure.name == "mrr") {
      EXPECT_DOUBLE_EQ(figure.before, (1 + 0.25) / 2);
    }
    if (figure.name == "ece") {
      EXPECT_TRUE(figure.less_is_better);
    }
  }
}

TEST(CompareEvaluations, WhatCannotBeComparedIsRefusedInWords) {
  const std::string good = report_of(hundred(50));
  const auto reason = [&good](const std::string& other) {
    const auto compared = compare_evaluations(good, other);
    return compared ? std::string("accepted") : compared.error().reason;
  };
  EXPECT_EQ(reason(""), "report_damaged");
  EXPECT_EQ(reason("[1]"), "report_damaged");
  EXPECT_EQ(reason("{}"), "report_damaged");
  EXPECT_EQ(reason(R"({"kind":"labelled"})"), "no_outcomes");
  EXPECT_EQ(reason(R"({"kind":"labelled","per_query":{"query":[]}})"), "report_damaged");
  EXPECT_EQ(reason(R"({"kind":"labelled","per_query":{"query":["a"],"accuracy":["x"]}})"), "report_damaged");
  EXPECT_EQ(reason(R"({"kind":"labelled","per_query":{"query":["a"],"accuracy":[1,1]}})"), "report_damaged");
  EXPECT_EQ(reason(R"({"kind":"labelled","per_query":{"query":["a","a"],"accuracy":[1,1]}})"), "report_damaged");
  EXPECT_EQ(reason(report_of({{"a", 1}, {"b", 0}})), "other_queries");
  auto renamed = hundred(50);
  renamed[7].first = "stranger";
  EXPECT_EQ(reason(report_of(renamed)), "other_queries");
  EXPECT_EQ(reason(R"({"kind":"catalogue","per_query":{"query":["a"],"accuracy":[1]}})"), "other_queries");
  const auto message = compare_evaluations(good, report_of({{"a", 1}})).error().message;
  EXPECT_NE(message.find("100 and 1 queries"), std::string::npos);
  for (size_t cut = 0; cut < good.size(); cut += 7) EXPECT_FALSE(compare_evaluations(good, good.substr(0, cut)));
}

ReportPage page_for_test() {
  ReportPage page;
  page.title = "A <title> & \"more\"";
  page.summary = "summary";
  page.figures = {{"accuracy", "right ones", 0.875, Interval{0.8, 0.9}}, {"plain", "no interval", 0.5, std::nullopt}};
  page.tables = {{"Table", "note", {"a", "b"}, {{"row", "<b>1</b>"}}}};
  page.classes = {"shoes", "<script>alert(1)</script>"};
  page.confusion = {{5, 1}, {0, 3}};
  page.reliability = {{5, 0.4, 0.5}, {5, 0.9, 1.0}};
  page.bars = {{"Bars", "note", {{"shoes", "0.83", 0.83}, {"over", "2", 2.0}}}};
  page.failures = {{{{"photo", {std::byte{'M'}, std::byte{'a'}}, "a \"shoe\""}, {"gone", {}, ""}}, "shoes/'1'.jpg"}};
  page.notes = {"left out <here>"};
  return page;
}

// features: H4
TEST(EvaluationHtml, IsOneFileThatNeedsNothingElseAndTrustsNoText) {
  const std::string html = render_report(page_for_test());
  for (const char* outside : {"http:", "https:", "src=\"/", "url(", "<script", "<link", "@import", "onerror"})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  EXPECT_EQ(html.find("<b>1</b>"), std::string::npos);
  EXPECT_NE(html.find("A &lt;title&gt; &amp; &quot;more&quot;"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(html.find("alt=\"a &quot;shoe&quot;\""), std::string::npos);
  EXPECT_NE(html.find("data:image/webp;base64,TWE=\""), std::string::npos);  // RFC 4648: "Ma"
  EXPECT_NE(html.find("0.800 – 0.900"), std::string::npos);
  EXPECT_NE(html.find("width:100.0%"), std::string::npos);  // a bar never leaves its place
  EXPECT_NE(html.find("lang=\"en\""), std::string::npos);
  EXPECT_NE(html.find("name=\"viewport\""), std::string::npos);
}

TEST(EvaluationHtml, EveryElementThatOpensCloses) {
  const std::string html = render_report(page_for_test());
  for (const std::string name : {"html", "body", "main", "table", "thead", "tbody", "tr", "td", "svg", "ul", "li", "div", "figure", "details", "style"}) {
    const auto count = [&html](const std::string& part) {
      size_t n = 0;
      for (size_t at = html.find(part); at != std::string::npos; at = html.find(part, at + 1)) ++n;
      return n;
    };
    EXPECT_EQ(count("<" + name + ">") + count("<" + name + " "), count("</" + name + ">")) << name;
  }
}

TEST(EvaluationHtml, ManyClassesAreShownByTheirMostFrequentConfusions) {
  ReportPage page;
  for (int i = 0; i < 300; ++i) page.classes.push_back(fmt::format("class {}", i));
  page.confusion.assign(300, std::vector<int64_t>(300, 1));
  page.confusion[7][9] = 50;
  const std::string html = render_report(page);
  EXPECT_LT(html.size(), 100'000U);
  EXPECT_NE(html.find("<th scope=\"row\">class 7</th><td>class 9</td><td>50</td>"), std::string::npos);
  EXPECT_NE(render_report({}).find("</html>"), std::string::npos);
}

}  // namespace
}  // namespace nozama
