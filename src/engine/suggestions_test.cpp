#include "engine/suggestions.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

using Texts = std::vector<std::string>;

TEST(CompletedQueries, TakeTheLastWordFromTheTitlesThoseOfTheMostFirst) {
  const std::vector<std::string_view> titles = {"Oak sofa, grey", "Leather sofa", "Soft cushion", "Sofas"};
  EXPECT_EQ(completed_queries("so", titles, 5), (Texts{"sofa", "Sofas", "Soft"}));
  EXPECT_EQ(completed_queries("grey so", titles, 1), Texts{"grey sofa"});
  EXPECT_EQ(completed_queries("gre", titles, 5), Texts{"grey"});
}

TEST(CompletedQueries, CompareWordsAsSearchesDo) {
  EXPECT_EQ(completed_queries("stu", {"Grüner Stühl", "STUHL"}, 5), Texts{"Stühl"});
  EXPECT_EQ(completed_queries("STÜH", {"Stuhl"}, 5), Texts{"Stuhl"});
}

TEST(CompletedQueries, AreNoneWhereNothingIsLeftToComplete) {
  EXPECT_EQ(completed_queries("sofa", {"Sofa"}, 5), Texts{});
  EXPECT_EQ(completed_queries("sofa ", {"Sofas"}, 5), Texts{});
  EXPECT_EQ(completed_queries("", {"Sofas"}, 5), Texts{});
  EXPECT_EQ(completed_queries("椅子", {"木の椅子"}, 5), Texts{}) << "two words already";
}

}  // namespace
}  // namespace nozama
