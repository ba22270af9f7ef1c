// gzip (RFC 1952) in pieces: any number of members, one after the other.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

class Gunzip {
 public:
  // A feed of rows that all look alike packs to a fiftieth. What unpacks to more than this, beyond the first
  // kFreeBytes, only wastes time.
  static constexpr int64_t kRatioMax = 300;
  static constexpr int64_t kFreeBytes = int64_t{64} << 20;

  static bool is_gzip(std::string_view start) { return start.starts_with("\x1F\x8B"); }

  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Appends what the piece unpacks to, at most kStepBytes; `piece` loses what was used. kCorrupt "gzip_damaged",
  // kTooLarge "gzip_bomb": what had been unpacked before is good.
  Status unpack(std::string_view& piece, std::string& out);
  // At the end of the file: kCorrupt "gzip_cut" in the middle of a member.
  Status finish() const;

 private:
  static constexpr size_t kStepBytes = size_t{256} << 10;
  z_stream stream_{};
  bool in_member_ = false, padding_ = false;
  int64_t packed_ = 0, unpacked_ = 0;
};

}  // namespace nozama
