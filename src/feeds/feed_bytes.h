// A feed's text: the file's bytes, unpacked where they are gzip, decoded to UTF-8, in constant memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "feeds/text_decoder.h"

namespace nozama {

class Gunzip;

class FeedBytes {
 public:
  explicit FeedBytes(const std::filesystem::path& path);
  ~FeedBytes();

  // The next byte, or -1 at the end, also one that damage() or failed() explains.
  int get() {
    const int c = peek();
    if (c >= 0) ++at_;
    if (c == '\n') ++line_;
    return c;
  }
  int peek() { return at_ < text_.size() || fill() ? static_cast<unsigned char>(text_[at_]) : -1; }
  // What follows, at most so many bytes, without moving on; fewer at the end.
  std::string_view look_ahead(size_t bytes);
  // What is left of the line without its line feed; of one longer than `bytes_max`, so much. False at the end.
  bool read_line(std::string& line, size_t bytes_max);

  int64_t line() const { return line_; }  // from 1
  int64_t offset() const { return begin_ + static_cast<int64_t>(at_); }
  // Keeps what follows, so that one may go back to any place in it; until the next mark().
  void mark() { marked_ = offset(); }
  void go_back(int64_t to_offset, int64_t to_line);

  // The unpacked bytes before decoding; only before anything else is read.
  std::string_view raw_start();
  TextDecoder& decoder() { return decoder_; }  // to be told what the bytes are

  // Of the file, for progress.
  int64_t position() const;
  bool failed() const { return failed_; }
  // Why compressed bytes ended early: "gzip_damaged", "gzip_cut", "gzip_bomb".
  const std::optional<Error>& damage() const { return damage_; }

 private:
  bool fill();        // false at the end
  bool read_raw();    // the next bytes into raw_; false at the end
  bool read_piece();  // of the file into packed_

  std::ifstream file_;
  std::unique_ptr<Gunzip> gunzip_;  // null for plain files
  TextDecoder decoder_;
  std::string packed_;  // as the file has it
  std::string raw_;     // unpacked, not decoded yet
  std::string text_;
  size_t at_ = 0;      // in text_
  int64_t begin_ = 0;  // offset of text_'s first byte
  int64_t marked_ = -1;
  int64_t line_ = 1, read_ = 0;
  bool started_ = false, ended_ = false, failed_ = false;
  std::optional<Error> damage_;
};

}  // namespace nozama
