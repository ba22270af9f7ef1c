// What is damaged, not a picture or too large is an error with a stable reason, and never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>

#include "image/decode.h"
#include "image/encode.h"
#include "image/pictures_for_test.h"

namespace nozama {
namespace {

std::map<std::string, Bytes> one_of_each() {
  const Image image = gradient(40, 24);
  const std::vector<uint8_t> rgba = with_alpha(image, 100);
  GifFrame frame{.width = 40, .height = 24, .indices = {}};
  for (int i = 0; i < 40 * 24; ++i) frame.indices.push_back(static_cast<uint8_t>(i * 7 % 4));
  return {
      {"jpeg", make_jpeg(image, {.exif = exif_block(6, true)})},
      {"progressive jpeg", make_jpeg(image, {.kind = JpegKind::kProgressive})},
      {"cmyk jpeg", make_jpeg(image, {.kind = JpegKind::kYcck})},
      {"png", make_png(image)},
      {"interlaced png", make_png(40, 24, rgba, {.colour_type = PNG_COLOR_TYPE_RGBA, .interlaced = true, .exif = exif_block(3, false)})},
      {"webp", *encode_webp(image, 70)},
      {"transparent webp", make_webp(40, 24, rgba)},
      {"animated webp", make_extended_webp(40, 24, 0x12, {riff_chunk("ANIM", Bytes(6)), webp_frame(0, 0, 40, 24, rgba)})},
      {"gif", make_gif(40, 24, {{0, 0, 0}, {90, 0, 0}, {0, 90, 0}, {0, 0, 90}}, {frame})},
  };
}

bool is_known_reason(const Error& error) {
  return (error.code == ErrorCode::kCorrupt && error.reason == "damaged_image") ||
         (error.code == ErrorCode::kUnsupported && error.reason == "unsupported_image") ||
         (error.code == ErrorCode::kTooLarge && error.reason == "image_too_large");
}

std::string reason_of(const Bytes& bytes) {
  const auto image = decode_image(bytes);
  return image ? "read" : image.error().reason;
}

// features: A1
TEST(HostileImages, APictureCutAnywhereIsDamaged) {
  for (const auto& [name, bytes] : one_of_each()) {
    ASSERT_EQ(reason_of(bytes), "read") << name;
    // A GIF may lack its end mark once the first frame is whole; a RIFF chunk may lack its padding byte.
    const size_t last = name == "gif" ? bytes.size() - 2 : bytes.size() - 1;
    for (size_t length = 16; length < last; ++length) {
      const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      const auto image = decode_image(cut);
      ASSERT_FALSE(image) << name << " of " << bytes.size() << " bytes, cut at " << length;
      EXPECT_EQ(image.error().reason, "damaged_image") << name << ' ' << length;
      EXPECT_EQ(image.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST(HostileImages, AFlippedByteIsReadOrRefusedButNeverACrash) {
  for (const auto& [name, bytes] : one_of_each()) {
    int refused = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
        Bytes flipped = bytes;
        flipped[i] ^= mask;
        const auto image = decode_image(flipped, {.pixels_max = 1'000'000}, 16);
        if (image) {
          ASSERT_EQ(image->rgb.size(), static_cast<size_t>(image->width) * static_cast<size_t>(image->height) * 3) << name;
          continue;
        }
        ++refused;
        ASSERT_TRUE(is_known_reason(image.error())) << name << ": " << image.error().message;
      }
    }
    EXPECT_GT(refused, 0) << name;
  }
}

TEST(HostileImages, APngsChecksumsAreKept) {
  Bytes png = make_png(quarters());
  png[png.size() / 2] ^= std::byte{0x10};
  EXPECT_EQ(reason_of(png), "damaged_image");
}

// A PNG that claims a size and holds next to nothing.
Bytes claimed_png(uint32_t width, uint32_t height) {
  Bytes png = make_png(make_image(1, 1));
  for (int i = 0; i < 4; ++i) {
    png[static_cast<size_t>(16 + i)] = static_cast<std::byte>(width >> (24 - 8 * i) & 0xFF);
    png[static_cast<size_t>(20 + i)] = static_cast<std::byte>(height >> (24 - 8 * i) & 0xFF);
  }
  const uLong checksum = crc32(0, reinterpret_cast<const Bytef*>(png.data() + 12), 17);
  for (int i = 0; i < 4; ++i) png[static_cast<size_t>(29 + i)] = static_cast<std::byte>(checksum >> (24 - 8 * i) & 0xFF);
  return png;
}

TEST(HostileImages, BombsAreRefusedFromTheirHeader) {
  Bytes gif = make_gif(1, 1, {{0, 0, 0}, {1, 1, 1}}, {{.width = 1, .height = 1, .indices = {0}}});
  for (const size_t at : {6, 8}) {
    gif[at] = std::byte{0x30};
    gif[at + 1] = std::byte{0x75};  // 30,000
  }
  Bytes jpeg = make_jpeg(quarters());
  constexpr std::array kFrameMarker = {std::byte{0xFF}, std::byte{0xC0}};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), kFrameMarker.begin(), kFrameMarker.end());
  ASSERT_NE(frame, jpeg.end());
  for (const int at : {5, 7}) *(frame + at) = std::byte{0x7F};
  const Bytes webp = make_extended_webp(16'000, 16'000, 0, {webp_pixels(*encode_webp(quarters(), 50))});
  for (const Bytes& bomb : {claimed_png(10'000, 10'000), claimed_png(0x7FFFFFFF, 1), claimed_png(30'001, 1), gif, jpeg}) {
    const auto image = decode_image(bomb);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().reason, "image_too_large") << image.error().message;
    EXPECT_EQ(image.error().code, ErrorCode::kTooLarge);
  }
  EXPECT_NE(reason_of(webp), "read");
  EXPECT_EQ(reason_of(claimed_png(0, 5)), "damaged_image");
  EXPECT_EQ(reason_of(claimed_png(0xFFFFFFFF, 0xFFFFFFFF)), "damaged_image");
  EXPECT_NE(decode_image(claimed_png(10'000, 10'000)).error().message.find("10000 × 10000"), std::string::npos);
}

TEST(HostileImages, AFrameThatIsNotWhatTheContainerSaysIsDamaged) {
  const Bytes pixels = webp_pixels(make_webp(40, 40, with_alpha(gradient(40, 40), 255)));
  EXPECT_EQ(reason_of(make_extended_webp(4, 4, 0, {pixels})), "damaged_image");
  const GifFrame huge{.width = 4000, .height = 4000, .indices = std::vector<uint8_t>(16'000'000)};
  EXPECT_EQ(reason_of(make_gif(4, 4, {{0, 0, 0}, {1, 1, 1}}, {huge})), "damaged_image");
}

TEST(HostileImages, AProgressiveJpegOfEndlessScansIsRefused) {
  const Bytes jpeg = make_jpeg(gradient(64, 64), {.kind = JpegKind::kProgressive});
  // Its last scan, again and again.
  size_t scan = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == std::byte{0xFF} && jpeg[i + 1] == std::byte{0xDA}) scan = i;
  }
  ASSERT_GT(scan, 0U);
  Bytes bomb(jpeg.begin(), jpeg.end() - 2);
  for (int i = 0; i < 500; ++i) bomb.insert(bomb.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(scan), jpeg.end() - 2);
  append(bomb, Bytes(jpeg.end() - 2, jpeg.end()));
  EXPECT_EQ(reason_of(bomb), "damaged_image");
}

// features: A1
TEST(HostileImages, WhatIsNotAPictureIsCalledByItsName) {
  const std::map<std::string, std::string> cases = {
      {"", "empty"},
      {"hello", "not a picture"},
      {"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"},
      {"<!DOCTYPE html><html></html>", "web page"},
      {"%PDF-1.7\n", "PDF"},
      {std::string("\0\0\0\x18"
                   "ftypheic",
                   12),
       "HEIC"},
      {std::string("II*\0", 4), "TIFF"},
      {"BM......", "BMP"},
      {std::string(100, '\0'), "not a picture"},
  };
  for (const auto& [content, named] : cases) {
    for (const auto& error : {decode_image(to_bytes(content)).error(), read_image_info(to_bytes(content)).error()}) {
      EXPECT_EQ(error.code, ErrorCode::kUnsupported) << named;
      EXPECT_EQ(error.reason, "unsupported_image") << named;
      EXPECT_NE(error.message.find(named), std::string::npos) << error.message;
    }
  }
}

TEST(HostileImages, ASignatureAloneIsDamaged) {
  for (const std::string_view start :
       {std::string_view("\xFF\xD8\xFF"), std::string_view("\x89PNG\r\n\x1A\n"), std::string_view("RIFF....WEBP"), std::string_view("GIF89a")}) {
    EXPECT_EQ(reason_of(to_bytes(start)), "damaged_image") << start;
  }
}

}  // namespace
}  // namespace nozama
