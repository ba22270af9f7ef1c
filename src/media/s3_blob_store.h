// Pictures in a bucket of Amazon S3 or of a store that speaks like it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "media/blob_store.h"
#include "media/sigv4.h"

namespace nozama {

struct S3Location {
  std::string bucket;
  std::string prefix;    // before each key: "" or "shop/pictures/"
  std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com"
  std::string region = "us-east-1";
  bool virtual_host = false;  // https://BUCKET.host/KEY instead of https://host/BUCKET/KEY
};

// "s3://BUCKET/PREFIX?endpoint=URL&region=NAME&style=path|virtual"; without an endpoint, Amazon's of the region. The style is
// virtual at Amazon's and path elsewhere, unless it is said. kInvalidArgument "bad_blobs".
Result<S3Location> parse_s3_location(std::string_view text);

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. kInvalidArgument "no_credentials".
Result<S3Credentials> s3_credentials_of_environment();

// Asks the server once: kNotFound "no_bucket", kUnavailable "s3_denied", "s3_refused" or why it cannot be reached. What is put
// unflushed is sent by threads of the store, and readable here meanwhile.
Result<std::unique_ptr<BlobStore>> open_s3_blob_store(S3Location location, S3Credentials credentials);

}  // namespace nozama
