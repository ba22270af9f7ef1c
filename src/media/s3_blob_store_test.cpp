#include "media/s3_blob_store.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "media/s3_for_test.h"
#include "net/http_server_for_test.h"

namespace nozama {
namespace {

TEST(S3Location, ItsPartsAreRead) {
  const auto own = parse_s3_location("s3://shop/Pictures/2026/?endpoint=http://127.0.0.1:9000/&region=eu-central-1");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->bucket, "shop");
  EXPECT_EQ(own->prefix, "Pictures/2026/");
  EXPECT_EQ(own->endpoint, "http://127.0.0.1:9000");
  EXPECT_EQ(own->region, "eu-central-1");
  EXPECT_FALSE(own->virtual_host);
  const auto amazon = parse_s3_location("s3://shop?region=eu-west-3");
  EXPECT_EQ(amazon->endpoint, "https://s3.eu-west-3.amazonaws.com");
  EXPECT_TRUE(amazon->virtual_host);
  EXPECT_EQ(amazon->prefix, "");
  EXPECT_FALSE(parse_s3_location("s3://shop.example?style=path")->virtual_host);
}

TEST(S3Location, AnEndpointIsWrittenInOneWay) {
  EXPECT_EQ(parse_s3_location("s3://shop?endpoint=HTTP://Store.Example:80/")->endpoint, "http://store.example");
  EXPECT_EQ(parse_s3_location("s3://shop?endpoint=https://store.example:9000")->endpoint, "https://store.example:9000");
  EXPECT_EQ(parse_s3_location("s3://shop?endpoint=http://[::1]:9000/")->endpoint, "http://[::1]:9000");
}

TEST(S3Location, WhatCannotBeOneIsNamed) {
  for (const char* text : {"", "shop", "s3://", "s3://ab", "s3://Shop", "s3://shop/a b", "s3://shop/../x", "s3://shop?endpoint=ftp://x",
                           "s3://shop?style=other", "s3://shop?regoin=x", "s3://shop?endpoint=http://x/path", "s3://shop?endpoint=http://x?y",
                           "s3://shop?endpoint=http://b\xc3\xbc"
                           "cher.example",
                           "s3://shop?region=EU"}) {
    const auto location = parse_s3_location(text);
    ASSERT_FALSE(location) << text;
    EXPECT_EQ(location.error().reason, "bad_blobs");
  }
}

class RealS3 : public testing::Test {
 protected:
  void SetUp() override {
    if (!s3_for_test()) GTEST_SKIP() << kNoS3ForTest;
  }
};

TEST_F(RealS3, AnObjectOfSeveralPartsComesBackWhole) {
  const auto store = open_s3_for_test();
  std::vector<std::byte> large((size_t{20} << 20) + 7);
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * i >> 7);
  ASSERT_TRUE(store->put("large", large));
  EXPECT_TRUE(*store->get("large") == large);
}

TEST_F(RealS3, TwoStoresShareTheirObjectsAndPrefixesPartThem) {
  const auto first = open_s3_for_test(), other = open_s3_for_test();
  ASSERT_TRUE(first->put("abc", as_byte_span("one")));
  EXPECT_FALSE(*other->exists("abc"));
  EXPECT_EQ(other->get("abc").error().reason, "unknown_picture");
}

TEST_F(RealS3, ABucketMayBePartOfTheHostsName) {
  S3Location location = *s3_for_test();
  location.endpoint = "http://localhost" + location.endpoint.substr(location.endpoint.rfind(':'));
  location.virtual_host = true;
  const auto store = open_s3_blob_store(location, kS3CredentialsForTest);
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE((*store)->put("by-host", as_byte_span("picture")));
  EXPECT_EQ(as_text(*(*store)->get("by-host")), "picture");
  EXPECT_EQ(as_text(*(*open_s3_blob_store(*s3_for_test(), kS3CredentialsForTest))->get("by-host")), "picture");
}

TEST_F(RealS3, AWrongSecretAndAMissingBucketAreSaidAtOnce) {
  const auto denied = open_s3_blob_store(*s3_for_test(), {"nozama-test", "wrong"});
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().reason, "s3_denied");
  EXPECT_EQ(denied.error().message.find("wrong"), std::string::npos);
  S3Location missing = *s3_for_test();
  missing.bucket = "no-such-bucket";
  const auto store = open_s3_blob_store(missing, kS3CredentialsForTest);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().reason, "no_bucket");
}

Result<std::unique_ptr<BlobStore>> open_at(const HttpServerForTest& server) {
  return open_s3_blob_store({.bucket = "shop", .endpoint = server.url("")}, kS3CredentialsForTest);
}

TEST(S3BlobStore, ABusyServerIsAskedAgainAndEachTimeSigned) {
  std::atomic<int> puts = 0;
  const HttpServerForTest server([&puts](const TestRequest& request, TestConnection& connection) {
    EXPECT_NE(request.head.find("Authorization: AWS4-HMAC-SHA256 Credential=nozama-test/"), std::string::npos);
    if (!request.head.starts_with("PUT ")) {
      connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    } else if (++puts < 3) {
      connection.answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>");
    } else {
      EXPECT_EQ(request.body, "picture");
      connection.answer("200 OK", "");
    }
  });
  const auto store = open_at(server);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE((*store)->put("abc", as_byte_span("picture")));
  EXPECT_EQ(puts, 3);
}

TEST(S3BlobStore, WhatCouldNotBeSentIsToldByTheNextFlush) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    connection.answer(request.head.starts_with("PUT ") ? "403 Forbidden" : "404 Not Found", "<Error><Code>AccessDenied</Code></Error>");
  });
  const auto store = open_at(server);
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE((*store)->put_unflushed("abc", as_byte_span("picture")));
  const Status flushed = (*store)->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().reason, "s3_denied");
  EXPECT_NE(flushed.error().message.find("AccessDenied"), std::string::npos);
  EXPECT_FALSE(*(*store)->exists("abc"));
  EXPECT_TRUE((*store)->flush()) << "told once";
}

TEST(S3BlobStore, AnUploadOfPartsThatFailsIsTakenBack) {
  std::atomic<int> aborted = 0;
  const HttpServerForTest server([&aborted](const TestRequest& request, TestConnection& connection) {
    const std::string path = request.path();
    if (request.head.starts_with("POST ") && path.ends_with("?uploads=")) {
      connection.answer("200 OK", "<InitiateMultipartUploadResult><UploadId>a/b+c</UploadId></InitiateMultipartUploadResult>");
    } else if (request.head.starts_with("PUT ")) {
      connection.answer("200 OK\r\nETag: \"part\"", "");
    } else if (request.head.starts_with("POST ")) {
      EXPECT_NE(request.body.find("<PartNumber>2</PartNumber><ETag>\"part\"</ETag>"), std::string::npos) << request.body;
      connection.answer("200 OK", "<Error><Code>InternalError</Code></Error>");
    } else if (request.head.starts_with("DELETE ")) {
      EXPECT_TRUE(path.ends_with("?uploadId=a%2Fb%2Bc")) << path;
      ++aborted;
      connection.answer("204 No Content", "");
    } else {
      connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
  });
  const auto store = open_at(server);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->put("large", std::vector<std::byte>(size_t{9} << 20)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(aborted, 1);
}

}  // namespace
}  // namespace nozama
