#include "server/multipart.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::HasSubstr;

const std::string kBody =
    "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"my \\\"cat\\\".jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    "\xFF\xD8 -- bytes \r\n--b not it\r\n"
    "\r\n--B\r\nContent-Disposition: form-data; name=\"limit\"\r\n\r\n5"
    "\r\n--B\r\ncontent-disposition: FORM-DATA; name=crop\r\n\r\n"
    "\r\n--B--\r\n";

std::string part(const std::string& headers, const std::string& body = "x") { return "--B\r\n" + headers + "\r\n\r\n" + body + "\r\n--B--\r\n"; }

TEST(Multipart, PartsComeInOrderWithTheirBytes) {
  const auto parts = parse_multipart(kBody, "B");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].name, "image");
  EXPECT_TRUE((*parts)[0].is_file);
  EXPECT_EQ((*parts)[0].content_type, "image/jpeg");
  EXPECT_EQ((*parts)[0].body, "\xFF\xD8 -- bytes \r\n--b not it\r\n");
  EXPECT_EQ((*parts)[1].name, "limit");
  EXPECT_FALSE((*parts)[1].is_file);
  EXPECT_EQ((*parts)[1].body, "5");
  EXPECT_EQ((*parts)[2].name, "crop");
  EXPECT_EQ((*parts)[2].body, "");
}

TEST(Multipart, EveryTruncationIsRefused) {
  // The last CRLF is optional; anything shorter has lost something.
  const size_t whole = kBody.size() - 2;
  ASSERT_TRUE(parse_multipart(kBody.substr(0, whole), "B"));
  for (size_t length = 0; length < whole; ++length) {
    const auto parts = parse_multipart(kBody.substr(0, length), "B");
    ASSERT_FALSE(parts) << length;
    EXPECT_EQ(parts.error().reason, "bad_multipart") << length;
    EXPECT_EQ(parts.error().code, ErrorCode::kInvalidArgument) << length;
  }
}

TEST(Multipart, AFormWithoutFieldsIsEmpty) {
  const auto parts = parse_multipart("--B--\r\n", "B");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->empty());
}

TEST(Multipart, DuplicateFieldsAreKeptForTheReaderToJudge) {
  const auto parts =
      parse_multipart("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--B--", "B");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->size(), 2u);
}

TEST(Multipart, MalformedPartsAreRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"preamble\r\n" + kBody, "begin with the boundary"},
      {kBody + "epilogue", "after the last boundary"},
      {part("Content-Type: text/plain"), "no Content-Disposition"},
      {part("Content-Disposition: form-data"), "with a name"},
      {part("Content-Disposition: form-data; name=\"\""), "with a name"},
      {part("Content-Disposition: form-data; name=\"a"), "with a name"},
      {part("Content-Disposition: form-data; name=\"a\"; name=\"b\""), "with a name"},
      {part("Content-Disposition: attachment; name=\"a\""), "with a name"},
      {part("Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\""), "needs one header"},
      {part("Content-Disposition: form-data; name=\"" + std::string(129, 'n') + "\""), "at most 128"},
      {part("no colon"), "malformed header"},
      {part("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=C"), "itself a multipart"},
      {part("Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64"), "transfer encoding"},
      {"--B\nContent-Disposition: form-data; name=\"a\"\n\nx\n--B--\n", "CRLF"},
  };
  for (const auto& [body, expected] : cases) {
    const auto parts = parse_multipart(body, "B");
    ASSERT_FALSE(parts) << body;
    EXPECT_EQ(parts.error().reason, "bad_multipart") << body;
    EXPECT_THAT(parts.error().message, HasSubstr(expected)) << body;
  }
}

TEST(Multipart, LimitsHaveNames) {
  const auto long_headers = parse_multipart(part("Content-Disposition: form-data; name=\"a\"\r\nX: " + std::string(5000, 'y')), "B");
  ASSERT_FALSE(long_headers);
  EXPECT_THAT(long_headers.error().message, HasSubstr("4096 bytes of headers"));

  std::string many;
  for (int i = 0; i < 4; ++i) many += fmt::format("--B\r\nContent-Disposition: form-data; name=\"f{}\"\r\n\r\n\r\n", i);
  const auto too_many = parse_multipart(many + "--B--", "B", {.parts_max = 3});
  ASSERT_FALSE(too_many);
  EXPECT_THAT(too_many.error().message, HasSubstr("more than 3 parts"));
  EXPECT_TRUE(parse_multipart(many + "--B--", "B", {.parts_max = 4}));
}

TEST(MultipartBoundary, IsReadQuotedAndUnquoted) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----WebKitFormBoundaryabc").value(), "----WebKitFormBoundaryabc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b:c\"").value(), "a b:c");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary==_x:y/z ; charset=x").value(), "=_x:y/z");
}

TEST(MultipartBoundary, MissingOrInvalidIsRefused) {
  for (const std::string& bad :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="), std::string("multipart/form-data; boundary=\"a"),
        std::string("multipart/form-data; boundary=\"a \""), "multipart/form-data; boundary=" + std::string(71, 'a'),
        std::string("multipart/form-data; boundary=a\tb"), std::string("multipart/form-data; boundary=\"a\" b")}) {
    const auto boundary = multipart_boundary(bad);
    ASSERT_FALSE(boundary) << bad;
    EXPECT_EQ(boundary.error().reason, "bad_multipart") << bad;
  }
  for (const char* other : {"", "application/json", "multipart/mixed; boundary=a"}) {
    const auto boundary = multipart_boundary(other);
    ASSERT_FALSE(boundary) << other;
    EXPECT_EQ(boundary.error().code, ErrorCode::kUnsupported) << other;
    EXPECT_EQ(boundary.error().reason, "unsupported_media_type") << other;
  }
}

}  // namespace
}  // namespace nozama
