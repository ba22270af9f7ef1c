// The S3 server that scripts/s3_for_tests.sh has started: NOZAMA_TEST_S3 names its bucket.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "media/s3_blob_store.h"

namespace nozama {

inline const S3Credentials kS3CredentialsForTest = {"nozama-test", "nozama-test-secret"};

inline constexpr const char* kNoS3ForTest = "NOZAMA_TEST_S3 names no server; ./dev test starts one";

inline std::optional<S3Location> s3_for_test() {
  const char* place = std::getenv("NOZAMA_TEST_S3");
  if (place == nullptr) return std::nullopt;
  return *parse_s3_location(place);
}

// Empty, under a prefix of its own; null without a server.
inline std::unique_ptr<BlobStore> open_s3_for_test() {
  if (!s3_for_test()) return nullptr;
  static std::atomic<int> number = 0;
  S3Location location = *s3_for_test();
  location.prefix = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++number) + "/";
  return *open_s3_blob_store(location, kS3CredentialsForTest);
}

}  // namespace nozama
