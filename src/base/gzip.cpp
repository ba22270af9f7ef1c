#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace nozama {

struct GzipWriter::State {
  z_stream stream{};
  std::string packed;

  void run(std::string_view piece, int flush) {
    // zlib's interface is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    std::array<char, size_t{32} << 10> buffer;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = buffer.size();
      deflate(&stream, flush);
      packed.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's frame
  constexpr int kMemoryLevel = 8;
  if (deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
}

GzipWriter::~GzipWriter() { deflateEnd(&state_->stream); }

void GzipWriter::add(std::string_view piece) {
  constexpr size_t kStepBytes = size_t{1} << 20;
  for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), kStepBytes))) state_->run(piece.substr(0, kStepBytes), Z_NO_FLUSH);
}

std::string GzipWriter::finish() {
  state_->run({}, Z_FINISH);
  return std::move(state_->packed);
}

std::string gzip(std::string_view bytes) {
  GzipWriter writer;
  writer.add(bytes);
  return writer.finish();
}

}  // namespace nozama
