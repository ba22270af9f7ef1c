#include "model/encoder_bench.h"

#include <gtest/gtest.h>

#include <array>

#include "model/bundle.h"
#include "model/bundle_for_test.h"

namespace nozama {
namespace {

TEST(EncoderBench, EveryAvailablePrecisionIsTimed) {
  const auto bundle = models_dir_for_test() / "efficientnet-lite0";
  const auto timings = bench_precisions(bundle, {.threads = 1, .seconds = 0.1});
  ASSERT_TRUE(timings) << timings.error().message;
  const auto available = available_precisions(*read_bundle_manifest(bundle));
  ASSERT_EQ(timings->size(), available.size());
  EXPECT_EQ(timings->front().precision, Precision::kF32);
  for (size_t i = 0; i < timings->size(); ++i) {
    EXPECT_EQ((*timings)[i].precision, available[i]);
    EXPECT_GT((*timings)[i].pictures_per_second, 0);
    EXPECT_GT((*timings)[i].one_picture_ms, 0);
  }
}

TEST(EncoderBench, OnlyWhatIsAskedForIsTimed) {
  const auto timings = bench_precisions(models_dir_for_test() / "efficientnet-lite0", {.threads = 1, .seconds = 0.05, .precisions = {Precision::kF32}});
  ASSERT_TRUE(timings) << timings.error().message;
  EXPECT_EQ(timings->size(), 1U);
}

TEST(EncoderBench, ItStopsWhenAskedAndSaysWhatIsMissing) {
  std::stop_source source;
  source.request_stop();
  const auto stopped = bench_precisions(models_dir_for_test() / "efficientnet-lite0", {.stop = source.get_token()});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  const auto missing = bench_precisions("/nonexistent/bundle");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().reason, "bundle_missing");
}

TEST(EncoderBench, TheFastestIsBestButAStepFromF32MustPay) {
  const auto timing = [](Precision precision, double rate) { return PrecisionTiming{precision, 1, rate}; };
  const std::array far = {timing(Precision::kF32, 100), timing(Precision::kBf16, 110), timing(Precision::kInt8, 250)};
  EXPECT_EQ(best_precision(far), Precision::kInt8);
  const std::array near = {timing(Precision::kF32, 100), timing(Precision::kBf16, 190), timing(Precision::kInt8, 280)};
  EXPECT_EQ(best_precision(near), Precision::kBf16);
  const std::array slow = {timing(Precision::kF32, 100), timing(Precision::kBf16, 60), timing(Precision::kInt8, 105)};
  EXPECT_EQ(best_precision(slow), Precision::kF32);
  EXPECT_EQ(best_precision({}), Precision::kF32);
}

}  // namespace
}  // namespace nozama
