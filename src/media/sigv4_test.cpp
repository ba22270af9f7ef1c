#include "media/sigv4.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/hash.h"

namespace nozama {
namespace {

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
const S3Credentials kCredentials = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
constexpr int64_t kFriday = 1369353600000;  // 24 May 2013, 00:00:00 GMT

std::string authorization(S3Request request, std::string_view payload = "") {
  request.host = "examplebucket.s3.amazonaws.com";
  request.payload_sha256 = sha256_hex(as_byte_span(payload));
  return sign_s3_request(request, kCredentials, "us-east-1", kFriday).back().value;
}

TEST(SigV4, AnObjectIsAskedForAsAmazonSignsIt) {
  EXPECT_EQ(authorization({.method = "GET", .path = "/test.txt", .headers = {{"Range", "bytes=0-9"}}}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, AnObjectIsStoredAsAmazonSignsIt) {
  EXPECT_EQ(
      authorization(
          {.method = "PUT", .path = "/test$file.text", .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
          "Welcome to Amazon S3."),
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
      "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
      "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, QueriesAreSignedAsAmazonSignsThem) {
  EXPECT_TRUE(authorization({.method = "GET", .path = "/", .query = {{"lifecycle", ""}}})
                  .ends_with("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_TRUE(authorization({.method = "GET", .path = "/", .query = {{"prefix", "J"}, {"max-keys", "2"}}})
                  .ends_with("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, ALentTokenIsSentAndSigned) {
  const auto headers = sign_s3_request({.method = "GET", .host = "h", .path = "/"}, {"key", "secret", "token"}, "us-east-1", kFriday);
  EXPECT_NE(headers.back().value.find("x-amz-security-token"), std::string::npos);
  for (const HttpHeader& header : headers) EXPECT_EQ(header.value.find("secret"), std::string::npos);
}

// RFC 4231, test case 2.
TEST(SigV4, ItsHashIsThatOfTheRfc) {
  EXPECT_EQ(sha256_hex(as_byte_span(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            sha256_hex(as_byte_span(std::string_view(
                "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43", 32))));
}

}  // namespace
}  // namespace nozama
