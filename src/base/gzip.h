// Bytes in pieces → one gzip member (RFC 1952).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace nozama {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view piece);
  // The whole member; nothing may be added afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string gzip(std::string_view bytes);

}  // namespace nozama
