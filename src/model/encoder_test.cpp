#include "model/encoder.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "model/bundle.h"
#include "model/bundle_for_test.h"
#include "model/pooling.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

// The pictures of models/reference_pictures.py.
Image gradient(int side) {
  Image image = make_image(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<uint8_t>(x * 255 / (side - 1));
      pixel[1] = static_cast<uint8_t>(y * 255 / (side - 1));
      pixel[2] = static_cast<uint8_t>((x + y) * 255 / (2 * (side - 1)));
    }
  }
  return image;
}

Image shapes(int side) {
  Image image = make_image(side, side);
  const int third = side / 3, radius = side / 5;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      std::array<uint8_t, 3> colour = {230, 228, 220};
      if (y > side / 2 && x / 12 % 2 == 0) colour = {40, 70, 140};
      if ((x - third) * (x - third) + (y - third) * (y - third) < radius * radius) colour = {190, 30, 45};
      if (x > 2 * third && y > third / 2 && y < 2 * third) colour = {25, 120, 60};
      std::ranges::copy(colour, image.row(y) + 3 * x);
    }
  }
  return image;
}

Image noise(int side) {
  Image image = make_image(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (uint64_t channel = 0; channel < 3; ++channel) {
        const uint64_t cell = (static_cast<uint64_t>(x / 8) * 73856093) ^ (static_cast<uint64_t>(y / 8) * 19349663) ^ (channel * 83492791);
        image.row(y)[3 * x + static_cast<int>(channel)] = static_cast<uint8_t>((cell * 2654435761 % (uint64_t{1} << 32)) >> 24);
      }
    }
  }
  return image;
}

std::unique_ptr<Encoder> open_for_test(const std::string& bundle, EncoderOptions::PrecisionChoice precision, bool logits = false) {
  EncoderOptions options;
  options.precision = precision;
  options.threads = 1;
  options.logits = logits;
  auto encoder = open_encoder(models_dir_for_test() / bundle, options);
  EXPECT_TRUE(encoder) << encoder.error().message;
  return encoder ? std::move(*encoder) : nullptr;
}

constexpr auto kF32 = EncoderOptions::PrecisionChoice::kF32;

class EncoderReference : public testing::TestWithParam<const char*> {};

// features: B1
TEST_P(EncoderReference, ActivationsAreThoseOfAnIndependentImplementation) {
  const auto encoder = open_for_test(GetParam(), kF32, true);
  ASSERT_TRUE(encoder);
  const auto text = read_text_file(fs::path(NOZAMA_SOURCE_DIR) / "models/reference" / (std::string(GetParam()) + ".json"));
  ASSERT_TRUE(text);
  const json::value reference = json::parse(*text);
  const int side = encoder->info().resize_side();
  for (const auto& [name, picture] : {std::pair{"gradient", gradient(side)}, {"shapes", shapes(side)}, {"noise", noise(side)}}) {
    const auto encoding = encoder->encode(picture, {.feature_map = true, .logits = true});
    ASSERT_TRUE(encoding) << encoding.error().message;
    for (const auto& [output, found] : {std::pair{"embedding", &encoding->embedding}, {"feature_map", &encoding->feature_map}, {"logits", &encoding->logits}}) {
      const auto step = static_cast<size_t>(reference.at("steps").at(output).as_int64());
      const json::array& expected = reference.at(name).at(output).as_array();
      ASSERT_EQ((found->size() + step - 1) / step, expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR((*found)[i * step], expected[i].to_number<double>(), 2e-4) << GetParam() << ' ' << name << ' ' << output << ' ' << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bundles, EncoderReference, testing::Values("efficientnet-lite2", "efficientnet-lite1", "efficientnet-lite0"),
                         [](const auto& test) { return std::string(test.param).substr(std::string_view("efficientnet-").size()); });

// Any other implementation of the interface gets the same pictures from encode().
class RecordingEncoder final : public Encoder {
 public:
  RecordingEncoder() { info_.input_size = 7, info_.crop_share = 0.875, info_.embedding_dim = 1; }
  const EncoderInfo& info() const override { return info_; }
  mutable Image seen;

 private:
  Result<Encoding> run(const Image& square, EncodeOutputs) const override {
    seen = square;
    return fail(ErrorCode::kUnavailable, "scripted", "as the test wants");
  }
  EncoderInfo info_;
};

TEST(Encoder, TheNetworkSeesTheMiddleOfTheScaledPicture) {
  const RecordingEncoder encoder;
  Image wide = make_image(28, 8);  // resize_side() is 8: nothing to scale
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 28; ++x) wide.row(y)[3 * x] = static_cast<uint8_t>(x), wide.row(y)[3 * x + 1] = static_cast<uint8_t>(y);
  }
  const auto encoding = encoder.encode(wide);
  ASSERT_FALSE(encoding);
  EXPECT_EQ(encoding.error().reason, "scripted");
  ASSERT_EQ(encoder.seen.width, 7);
  ASSERT_EQ(encoder.seen.height, 7);
  EXPECT_EQ(encoder.seen.row(0)[0], 10);  // (28 - 7) / 2, the odd pixel to the right
  EXPECT_EQ(encoder.seen.row(0)[1], 0);
  EXPECT_EQ(encoder.seen.row(6)[3 * 6], 16);
  EXPECT_EQ(encoder.seen.row(6)[3 * 6 + 1], 6);
}

TEST(Encoder, InfoIsThatOfTheBundle) {
  const auto encoder = open_for_test("efficientnet-lite2", kF32, true);
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encoder->info().id_text(), "efficientnet-lite2@3/f32");
  EXPECT_EQ(encoder->info().input_size, 300);
  EXPECT_EQ(encoder->info().resize_side(), 300);
  EXPECT_EQ(encoder->info().embedding_dim, 2080);
  EXPECT_EQ(encoder->info().feature_map, (FeatureMapShape{.channels = 64, .height = 10, .width = 10, .relations = true}));
  EXPECT_EQ(encoder->info().logit_count, 1000);
}

TEST(Encoder, TheEmbeddingIsPooledFromTheFeatureMap) {
  const auto encoder = open_for_test("efficientnet-lite0", kF32);
  ASSERT_TRUE(encoder);
  const auto encoding = encoder->encode(shapes(256), {.feature_map = true});
  ASSERT_TRUE(encoding);
  EXPECT_EQ(encoding->embedding, pool_places(encoding->feature_map, encoder->info().feature_map));
}

TEST(Encoder, OnlyWhatIsAskedForIsCopiedOut) {
  const auto encoder = open_for_test("efficientnet-lite0", kF32);
  ASSERT_TRUE(encoder);
  const auto encoding = encoder->encode(noise(100));
  ASSERT_TRUE(encoding);
  EXPECT_EQ(encoding->embedding.size(), 2080U);
  EXPECT_TRUE(encoding->feature_map.empty());
  EXPECT_TRUE(encoding->logits.empty());
}

TEST(Encoder, AnySizeOfPictureIsEncoded) {
  const auto encoder = open_for_test("efficientnet-lite0", kF32);
  ASSERT_TRUE(encoder);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 500}, {3000, 2}, {223, 225}, {700, 300}}) {
    const auto encoding = encoder->encode(make_image(width, height));
    ASSERT_TRUE(encoding) << width << 'x' << height;
    for (const float value : encoding->embedding) ASSERT_TRUE(std::isfinite(value));
  }
  const auto empty = encoder->encode(Image{});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().reason, "empty_image");
}

TEST(Encoder, ALargerCopyOfAPictureHasTheSameEmbedding) {
  const auto encoder = open_for_test("efficientnet-lite0", kF32);
  ASSERT_TRUE(encoder);
  const Image small = shapes(256);
  const auto a = encoder->encode(small), b = encoder->encode(resize(small, 1024, 1024));
  ASSERT_TRUE(a && b);
  EXPECT_GT(cosine(a->embedding, b->embedding), 0.9);
  const auto other = encoder->encode(noise(256));
  ASSERT_TRUE(other);
  EXPECT_LT(cosine(a->embedding, other->embedding), 0.8);
}

TEST(Encoder, Bf16IsCloseToF32ButAnotherSpace) {
  if (!precision_supported(Precision::kBf16)) GTEST_SKIP() << "this processor does not compute bf16";
  const auto f32 = open_for_test("efficientnet-lite2", kF32);
  const auto bf16 = open_for_test("efficientnet-lite2", EncoderOptions::PrecisionChoice::kBf16);
  ASSERT_TRUE(f32 && bf16);
  EXPECT_EQ(bf16->info().id_text(), "efficientnet-lite2@3/bf16");
  const auto a = f32->encode(noise(297)), b = bf16->encode(noise(297));
  ASSERT_TRUE(a && b);
  EXPECT_GT(cosine(a->embedding, b->embedding), 0.99);
  EXPECT_NE(a->embedding, b->embedding);
}

TEST_P(EncoderReference, Int8IsCloseToF32ButAnotherSpace) {
  if (!precision_supported(Precision::kInt8)) GTEST_SKIP() << "this processor does not compute int8";
  const auto f32 = open_for_test(GetParam(), kF32);
  const auto int8 = open_for_test(GetParam(), EncoderOptions::PrecisionChoice::kInt8, true);
  ASSERT_TRUE(f32 && int8);
  EXPECT_EQ(int8->info().id_text(), std::string(GetParam()) + "@3/int8");
  const Image picture = shapes(f32->info().resize_side());
  const auto a = f32->encode(picture), b = int8->encode(picture, {.feature_map = true, .logits = true});
  ASSERT_TRUE(a && b);
  EXPECT_GT(cosine(a->embedding, b->embedding), 0.96);
  EXPECT_NE(a->embedding, b->embedding);
  EXPECT_FALSE(b->feature_map.empty());
  EXPECT_EQ(b->logits.size(), 1000U);
}

TEST(Encoder, AutoTakesBf16WhereTheProcessorComputesIt) {
  const auto encoder = open_for_test("efficientnet-lite0", EncoderOptions::PrecisionChoice::kAuto);
  ASSERT_TRUE(encoder);
  EXPECT_EQ(encoder->info().id.precision, precision_supported(Precision::kBf16) ? Precision::kBf16 : Precision::kF32);
}

class EncoderModes : public testing::TestWithParam<EncoderOptions::Mode> {};

TEST_P(EncoderModes, ManyThreadsGetTheBitsThatOneGets) {
  EncoderOptions options;
  options.mode = GetParam();
  options.threads = 2;
  options.precision = kF32;
  const auto encoder = open_encoder(models_dir_for_test() / "efficientnet-lite0", options);
  ASSERT_TRUE(encoder) << encoder.error().message;
  const std::array<Image, 3> pictures = {gradient(256), shapes(300), noise(256)};
  std::array<std::vector<float>, 3> expected;
  for (size_t i = 0; i < 3; ++i) {
    auto encoding = (*encoder)->encode(pictures[i]);
    ASSERT_TRUE(encoding);
    expected[i] = std::move(encoding->embedding);
  }
  std::atomic<int> different = 0;
  {
    std::vector<std::jthread> threads;
    for (size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t round = 0; round < 6; ++round) {
          const size_t i = (thread + round) % 3;
          const auto encoding = (*encoder)->encode(pictures[i]);
          if (!encoding || encoding->embedding != expected[i]) ++different;
        }
      });
    }
  }
  EXPECT_EQ(different, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, EncoderModes, testing::Values(EncoderOptions::Mode::kLatency, EncoderOptions::Mode::kThroughput),
                         [](const auto& test) { return test.param == EncoderOptions::Mode::kLatency ? "Latency" : "Throughput"; });

TEST(EncoderId, TextAndBack) {
  const EncoderId id{"efficientnet-lite2", "1", Precision::kBf16};
  EXPECT_EQ(id.text(), "efficientnet-lite2@1/bf16");
  EXPECT_EQ(parse_encoder_id(id.text()), id);
}

TEST(EncoderId, OtherTextIsRefused) {
  for (const char* text : {"", "a", "a@1", "a/f32", "a@1/f64", "@1/f32", "a@/f32", "a@1/", "A@1/f32", "a/1@f32", "../a@1/f32", "a@1/f32/f32"}) {
    const auto id = parse_encoder_id(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().reason, "bad_encoder_id");
  }
}

}  // namespace
}  // namespace nozama
