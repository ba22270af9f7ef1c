#include "base/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace nozama {
namespace {

std::string unpacked(std::string packed, size_t size) {
  std::string plain(size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_out, 0u);
  inflateEnd(&stream);
  return plain;
}

TEST(Gzip, WhatIsPackedUnpacksToTheSame) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919);
  GzipWriter writer;
  for (size_t at = 0; at < text.size(); at += 1000) writer.add(std::string_view(text).substr(at, 1000));
  const std::string packed = writer.finish();
  EXPECT_LT(packed.size(), text.size() / 2);
  EXPECT_EQ(unpacked(packed, text.size()), text);
  EXPECT_EQ(unpacked(gzip(text), text.size()), text);
}

TEST(Gzip, NothingIsAMemberToo) { EXPECT_FALSE(gzip("").empty()); }

}  // namespace
}  // namespace nozama
