// What the tests of this module share: feeds written to a folder of the test run, and read to their end.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "feeds/reader.h"

namespace nozama {

// A folder of this process, gone with it.
inline const std::filesystem::path& scratch() {
  struct Folder {
    std::filesystem::path path = std::filesystem::path(testing::TempDir()) / ("nozama_feeds_" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path;
}

inline std::filesystem::path write(const std::string& name, const std::string& text) {
  const std::filesystem::path path = scratch() / name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// One member.
inline std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Read {
  std::string dialect;
  std::vector<ProductDraft> products;
  std::vector<EventDraft> events;
  std::vector<FeatureDraft> features;
  std::vector<RowError> errors;
};

inline Read read_all(const std::filesystem::path& path) {
  Read read;
  auto feed = open_feed(path);
  if (!feed) {
    read.errors.push_back({0, feed.error()});
    return read;
  }
  read.dialect = (*feed)->dialect();
  while (true) {
    auto item = (*feed)->next();
    EXPECT_TRUE(item) << item.error().message;
    if (!item || !*item) return read;
    if (auto* draft = std::get_if<ProductDraft>(&**item)) {
      read.products.push_back(*draft);
    } else if (auto* event = std::get_if<EventDraft>(&**item)) {
      read.events.push_back(*event);
    } else if (auto* features = std::get_if<FeatureDraft>(&**item)) {
      read.features.push_back(*features);
    } else {
      read.errors.push_back(std::get<RowError>(**item));
    }
  }
}

// "line reason", in feed order.
inline std::vector<std::string> reasons(const Read& read) {
  std::vector<std::string> list;
  for (const RowError& error : read.errors) list.push_back(std::to_string(error.line) + " " + error.error.reason);
  return list;
}

inline std::vector<std::string> ids(const Read& read) {
  std::vector<std::string> list;
  for (const ProductDraft& draft : read.products) list.push_back(draft.external_id);
  return list;
}

}  // namespace nozama
