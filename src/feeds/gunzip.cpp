#include "feeds/gunzip.h"

#include <algorithm>

namespace nozama {

Gunzip::Gunzip() {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream_, kGzipOnly) != Z_OK) abort_with("inflateInit2 failed");
  in_member_ = true;
}

Gunzip::~Gunzip() { inflateEnd(&stream_); }

Status Gunzip::unpack(std::string_view& piece, std::string& out) {
  if (!in_member_ && !padding_) {
    padding_ = piece.front() == '\0';  // what tapes and some tools leave behind the last member
    if (!padding_) {
      inflateReset(&stream_);
      in_member_ = true;
    }
  }
  if (padding_) {
    const bool only_zeros = std::all_of(piece.begin(), piece.end(), [](char c) { return c == '\0'; });
    piece = {};
    return only_zeros ? Status{} : fail(ErrorCode::kCorrupt, "gzip_damaged", "there is something else behind the compressed data");
  }
  const size_t before = out.size();
  out.resize(before + kStepBytes);
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_.avail_in = static_cast<uInt>(piece.size());
  stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream_.avail_out = kStepBytes;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  const size_t made = kStepBytes - stream_.avail_out;
  const size_t used = piece.size() - stream_.avail_in;
  out.resize(before + made);
  piece.remove_prefix(used);
  packed_ += static_cast<int64_t>(used);
  unpacked_ += static_cast<int64_t>(made);
  if (result == Z_STREAM_END) in_member_ = false;
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return fail(ErrorCode::kCorrupt, "gzip_damaged", "the compressed data is damaged here; fetch the file again");
  }
  if (unpacked_ > kFreeBytes && unpacked_ / kRatioMax > packed_) {
    return fail(ErrorCode::kTooLarge, "gzip_bomb", "the file unpacks to more than 300 times its size; unpack it yourself if that is right");
  }
  return {};
}

Status Gunzip::finish() const {
  if (!in_member_) return {};
  return fail(ErrorCode::kCorrupt, "gzip_cut", "the compressed file ends in the middle; fetch it again");
}

}  // namespace nozama
