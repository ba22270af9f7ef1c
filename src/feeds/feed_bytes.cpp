#include "feeds/feed_bytes.h"

#include <algorithm>

#include "feeds/gunzip.h"

namespace nozama {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;

}  // namespace

FeedBytes::FeedBytes(const std::filesystem::path& path) : file_(path, std::ios::binary) {}

FeedBytes::~FeedBytes() = default;

bool FeedBytes::read_piece() {
  packed_.resize(kPieceBytes);
  file_.read(packed_.data(), static_cast<std::streamsize>(kPieceBytes));
  packed_.resize(static_cast<size_t>(file_.gcount()));
  read_ += file_.gcount();
  failed_ = failed_ || file_.bad();
  return !packed_.empty();
}

bool FeedBytes::read_raw() {
  raw_.clear();
  while (raw_.empty() && !ended_) {
    if (packed_.empty() && !read_piece()) {
      ended_ = true;
      const Status finished = gunzip_ ? gunzip_->finish() : Status{};
      if (!finished) damage_ = finished.error();
      break;
    }
    if (!started_ && Gunzip::is_gzip(packed_)) gunzip_ = std::make_unique<Gunzip>();
    started_ = true;
    if (!gunzip_) {
      raw_.swap(packed_);
      packed_.clear();
      break;
    }
    std::string_view piece = packed_;
    const Status unpacked = gunzip_->unpack(piece, raw_);
    packed_.erase(0, packed_.size() - piece.size());
    if (!unpacked) {
      damage_ = unpacked.error();
      ended_ = true;
    }
  }
  return !raw_.empty();
}

std::string_view FeedBytes::raw_start() {
  if (raw_.empty()) read_raw();
  return raw_;
}

bool FeedBytes::fill() {
  const int64_t keep = marked_ < 0 ? offset() : std::min(marked_, offset());
  const auto gone = static_cast<size_t>(keep - begin_);
  text_.erase(0, gone);
  at_ -= gone;
  begin_ = keep;
  const size_t before = text_.size();
  while (text_.size() == before) {
    if (raw_.empty() && !read_raw()) return false;
    decoder_.decode(raw_, text_);
    raw_.clear();
  }
  return true;
}

std::string_view FeedBytes::look_ahead(size_t bytes) {
  while (text_.size() - at_ < bytes && fill()) {
  }
  return std::string_view(text_).substr(at_, bytes);
}

bool FeedBytes::read_line(std::string& line, size_t bytes_max) {
  line.clear();
  if (peek() < 0) return false;
  while (peek() >= 0) {
    const std::string_view rest = std::string_view(text_).substr(at_);
    const size_t end = rest.find('\n');
    line += rest.substr(0, std::min(end, bytes_max - line.size()));
    at_ += end == std::string_view::npos ? rest.size() : end + 1;
    if (end == std::string_view::npos) continue;
    ++line_;
    break;
  }
  return true;
}

void FeedBytes::go_back(int64_t to_offset, int64_t to_line) {
  at_ = static_cast<size_t>(to_offset - begin_);
  line_ = to_line;
}

int64_t FeedBytes::position() const {
  // Exact where a byte of the file is one of the text; else as far as has been read.
  const auto ahead = gunzip_ ? 0 : static_cast<int64_t>(text_.size() - at_ + raw_.size());
  return std::max<int64_t>(0, read_ - ahead);
}

}  // namespace nozama
