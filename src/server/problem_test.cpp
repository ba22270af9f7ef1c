#include "server/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace nozama {
namespace {

using testing::HasSubstr, testing::Not;

constexpr ErrorCode kAllCodes[] = {ErrorCode::kInvalidArgument, ErrorCode::kNotFound,  ErrorCode::kConflict, ErrorCode::kTooLarge,
                                   ErrorCode::kUnsupported,     ErrorCode::kCorrupt,   ErrorCode::kBusy,     ErrorCode::kUnavailable,
                                   ErrorCode::kTimeout,         ErrorCode::kCancelled, ErrorCode::kInternal};

boost::json::object answer(const Response& response) { return boost::json::parse(std::string(response.body_text())).as_object(); }

// features: I2
TEST(Problem, EveryErrorCodeIsAnErrorStatusWithATitle) {
  for (const ErrorCode code : kAllCodes) {
    const Response response = problem_response({code, "some_reason", "some detail"}, "request-1");
    EXPECT_GE(response.status, 400) << error_code_name(code);
    EXPECT_LT(response.status, 600) << error_code_name(code);
    EXPECT_NE(status_title(response.status), "Error") << error_code_name(code);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto problem = answer(response);
    for (const char* member : {"type", "title", "status", "detail", "code", "request_id"}) EXPECT_TRUE(problem.contains(member)) << member;
    EXPECT_EQ(problem.at("status").as_int64(), response.status);
    EXPECT_EQ(problem.at("request_id").as_string(), "request-1");
  }
}

TEST(Problem, TheCallersMistakesAreTold) {
  const auto problem = answer(problem_response({ErrorCode::kInvalidArgument, "bad_parameter", "'limit' is 'x'"}, "r"));
  EXPECT_EQ(problem.at("code").as_string(), "bad_parameter");
  EXPECT_EQ(problem.at("detail").as_string(), "'limit' is 'x'");
  EXPECT_EQ(problem.at("status").as_int64(), 400);
}

TEST(Problem, OurFaultsTellNothingAboutTheMachine) {
  for (const ErrorCode code : {ErrorCode::kInternal, ErrorCode::kCorrupt, ErrorCode::kUnavailable}) {
    const Response response = problem_response({code, "disk_failed", "/var/lib/secret.db: damaged"}, "r");
    EXPECT_THAT(std::string(response.body_text()), Not(HasSubstr("secret")));
    EXPECT_GE(response.status, 500);
  }
  EXPECT_EQ(answer(problem_response({ErrorCode::kCorrupt, "database_damaged", "x"}, "r")).at("code").as_string(), "internal");
  EXPECT_EQ(answer(problem_response({ErrorCode::kUnavailable, "no_model", "x"}, "r")).at("code").as_string(), "not_ready");
  EXPECT_EQ(answer(problem_response({ErrorCode::kBusy, "database_locked", "x"}, "r")).at("code").as_string(), "busy");
}

TEST(Problem, AReasonMaySayMoreThanItsCode) {
  EXPECT_EQ(http_status({ErrorCode::kCorrupt, "damaged_image", ""}), 422);
  EXPECT_EQ(http_status({ErrorCode::kNotFound, "unknown_category", ""}), 400);
  EXPECT_EQ(http_status({ErrorCode::kNotFound, "unknown_product", ""}), 404);
  EXPECT_EQ(http_status({ErrorCode::kConflict, "stale_vector", ""}), 409);
  EXPECT_EQ(http_status({ErrorCode::kUnsupported, "unsupported_image", ""}), 415);
  EXPECT_EQ(http_status({ErrorCode::kTooLarge, "image_too_large", ""}), 413);
}

TEST(Problem, ABusyServiceSaysWhenToComeBack) {
  const Response response = problem_response({ErrorCode::kBusy, "busy", "try again"}, "r");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
  EXPECT_EQ(problem_response({ErrorCode::kNotFound, "unknown_product", "x"}, "r").header("Retry-After"), "");
}

TEST(Problem, BrokenTextIsMendedToValidJson) {
  const auto problem = answer(problem_response({ErrorCode::kNotFound, "unknown_product", "no product '\xFF\xC3' \"a\\\n"}, "r"));
  EXPECT_EQ(problem.at("detail").as_string(), "no product '\xEF\xBF\xBD\xEF\xBF\xBD' \"a\\\n");
}

}  // namespace
}  // namespace nozama
