#include "server/markup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::HasSubstr, testing::Not;

TEST(Markup, TextCannotLeaveItsElementOrAttribute) {
  EXPECT_EQ(html_escaped("</title><script>alert('1')</script> \"&"), "&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &quot;&amp;");
}

TEST(Markup, TextCannotTurnTheDirectionOfWhatFollows) {
  EXPECT_EQ(plain_text("red\u202Etac\u2066 shoe\u2069"), "redtac shoe");
  EXPECT_EQ(plain_text("כיסא אדום"), "כיסא אדום");  // words of the right-to-left scripts stay as they are
  EXPECT_EQ(plain_text("… – ’"), "… – ’");          // neighbours of those characters in UTF-8
}

TEST(Markup, ControlCharactersAndBrokenBytesBecomeHarmless) {
  EXPECT_EQ(plain_text("\n a\r\n\tb\x01"
                       "c\x7F "),
            "a b c");
  EXPECT_EQ(plain_text("a\xFF"
                       "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Markup, JsonCannotEndItsScript) {
  const std::string safe = json_for_script(R"({"name":"</script><!-- & -->"})");
  EXPECT_THAT(safe, Not(HasSubstr("<")));
  EXPECT_EQ(safe, R"({"name":"\u003c/script\u003e\u003c!-- \u0026 --\u003e"})");
}

TEST(Markup, PathSegmentsAreEncodedAsBrowsersDo) {
  EXPECT_EQ(path_segment("a/b c%\"é"), "a%2Fb%20c%25%22%C3%A9");
  EXPECT_EQ(path_segment("AZaz09-_.!~*'()"), "AZaz09-_.!~*'()");
}

TEST(Markup, LongTextsEndBetweenWordsAndNeverInsideACharacter) {
  EXPECT_EQ(shortened("short", 20), "short");
  EXPECT_EQ(shortened("a chair of oak and leather", 16), "a chair of…");
  EXPECT_EQ(shortened("äöüäöüäöü", 10), "äöü…");
}

}  // namespace
}  // namespace nozama
