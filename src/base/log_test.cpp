#include "base/log.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Log, TextLinesQuoteWhatCouldBreakThem) {
  configure_log(LogLevel::kInfo, LogFormat::kText);
  testing::internal::CaptureStderr();
  log_info("request", {{"path", "/a b"}, {"status", "200"}, {"agent", "x\ny\""}});
  log_event(LogLevel::kDebug, "hidden");
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find(R"(info request path="/a b" status=200 agent="x\u000ay\"")"), std::string::npos) << line;
  EXPECT_EQ(line.find("hidden"), std::string::npos);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

// features: I6
TEST(Log, JsonLinesAreOneObjectEach) {
  configure_log(LogLevel::kInfo, LogFormat::kJson);
  testing::internal::CaptureStderr();
  log_warning("slow", {{"ms", "12"}, {"note", "\"quoted\""}});
  const std::string line = testing::internal::GetCapturedStderr();
  configure_log(LogLevel::kInfo, LogFormat::kText);
  EXPECT_NE(line.find(R"("level":"warning","event":"slow","ms":"12","note":"\"quoted\""})"), std::string::npos) << line;
}

}  // namespace
}  // namespace nozama
