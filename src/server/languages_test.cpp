#include "server/languages.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Languages, TheOneThatTheVisitorLikesBestIsTakenWhateverTheRegion) {
  const std::vector<std::string> ours = {"en", "de", "es"};
  EXPECT_EQ(preferred_language(ours, "de-AT,de;q=0.9,en;q=0.8"), "de");
  EXPECT_EQ(preferred_language(ours, "es-MX"), "es");
  EXPECT_EQ(preferred_language(ours, "en;q=0.3, es;q=0.7"), "es");
  EXPECT_EQ(preferred_language(ours, "de;q=0, *;q=0.5"), "en");
  EXPECT_EQ(preferred_language(ours, "fr, tlh"), "en") << "none of ours: the first";
  EXPECT_EQ(preferred_language(ours, ""), "en");
  EXPECT_EQ(preferred_language(ours, "-;;,,-"), "en");
  EXPECT_EQ(preferred_language({}, "de"), "en");
}

}  // namespace
}  // namespace nozama
