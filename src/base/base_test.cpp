#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "base/half.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/worker_pool.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// Ids of different things must not mix; this is checked at compile time.
static_assert(!std::is_convertible_v<ProductId, PictureId>);

TEST(Error, PropagatingKeepsTheReasonAndAddsTheContext) {
  const Result<int> failed = fail(ErrorCode::kCorrupt, "damaged_image", "the JPEG ends early");
  const Result<std::string> passed = propagate(failed, "reading a.jpg");
  EXPECT_EQ(passed.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(passed.error().reason, "damaged_image");
  EXPECT_EQ(passed.error().message, "reading a.jpg: the JPEG ends early");
}

TEST(Clock, UtcIsFormattedAsIso8601) {
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(1769903999123), "2026-01-31T23:59:59.123Z");
  EXPECT_EQ(format_utc(-1), "1969-12-31T23:59:59.999Z");
}

TEST(File, AnAtomicWriteReplacesTheWholeFileAndLeavesNothingBeside) {
  const fs::path folder = fs::path(testing::TempDir()) / "nozama_file_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const fs::path path = folder / "a.txt";
  ASSERT_TRUE(write_file_atomic(path, as_byte_span("first, and longer")));
  ASSERT_TRUE(write_file_atomic(path, as_byte_span("second")));
  EXPECT_EQ(*read_text_file(path), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST(File, AMissingFolderOrFileIsNamed) {
  const auto missing = read_file("/nonexistent/a");
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("/nonexistent/a"), std::string::npos);
  EXPECT_FALSE(write_file_atomic("/nonexistent/a", {}));
  EXPECT_EQ(read_file("/tmp").error().reason, "not_a_file");
  EXPECT_EQ(read_file("/dev/zero").error().reason, "not_a_file");
}

TEST(Hash, MatchesPublishedVectors) {
  // SHA-256("abc"), FIPS 180-4; BLAKE2b-256("abc"), computed with the RFC 7693 reference code's parameters.
  EXPECT_EQ(sha256_hex(as_byte_span("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(content_hash(as_byte_span("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_NE(checksum64(as_byte_span("abc")), checksum64(as_byte_span("abd")));
  EXPECT_EQ(random_hex(8).size(), 16U);
  EXPECT_NE(random_hex(8), random_hex(8));
}

TEST(Half, RoundTripsEveryFiniteValueAndBoundsTheError) {
  for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    ASSERT_EQ(float_to_half(half_to_float(half)), half);
  }
  EXPECT_EQ(half_to_float(float_to_half(65504.0F)), 65504.0F);
  EXPECT_TRUE(std::isinf(half_to_float(float_to_half(1e6F))));
  const std::vector<float> values = {0.1F, -3.25F, 6.0F};
  const std::vector<float> back = decode_half(encode_half(values));
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(back[i], values[i], std::abs(values[i]) / 2048);
}

TEST(Half, ManyAtOnceAreWhatTheyAreOneByOne) {
  std::vector<float> values;
  for (int i = 0; i < 4099; ++i) values.push_back(std::ldexp(static_cast<float>(i % 41 - 20) * 1.0009765F, i % 60 - 35));
  const std::vector<std::byte> halves = encode_half(values);
  const std::vector<float> back = decode_half(halves);
  ASSERT_EQ(back.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto half = static_cast<uint16_t>(std::to_integer<unsigned>(halves[2 * i]) | std::to_integer<unsigned>(halves[2 * i + 1]) << 8);
    ASSERT_EQ(half, float_to_half(values[i])) << values[i];
    ASSERT_EQ(back[i], half_to_float(half)) << values[i];
  }
}

TEST(WorkerPool, AFullQueueIsBusyAndAcceptedTasksFinish) {
  std::atomic<int> done{0};
  std::atomic<bool> release{false};
  {
    WorkerPool pool({.threads = 1, .queue_length_max = 2});
    ASSERT_TRUE(pool.try_submit([&] {
      while (!release) std::this_thread::yield();
      ++done;
    }));
    while (pool.queue_length() > 0) std::this_thread::yield();
    ASSERT_TRUE(pool.try_submit([&] { ++done; }));
    ASSERT_TRUE(pool.try_submit([&] { ++done; }));
    const Status refused = pool.try_submit([&] { ++done; });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
    release = true;
    pool.wait_idle();
    EXPECT_EQ(done, 3);
    pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace nozama
