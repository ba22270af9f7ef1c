// NumPy's .npy files: version 1 to 3, two-dimensional, C order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>

#include "bench/vector_source.h"

namespace nozama {

// Writes rows × columns numbers in the order they come.
class NpyWriter {
 public:
  enum class Number { kFloat32, kInt32 };
  static Result<NpyWriter> open(const std::filesystem::path& path, Number number, int64_t rows, size_t columns);
  Status write(std::span<const std::byte> numbers);
  Status write_row(int64_t row, std::span<const float> numbers);  // in any order; every row once
  Status close();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  std::streamoff data_offset_ = 0;
};

struct NpyShape {
  int64_t rows = 0;
  size_t columns = 0;
  size_t data_offset = 0;
};
// Of the first bytes of a file of such little-endian numbers. kUnsupported "not_vectors" for anything else.
Result<NpyShape> parse_npy_header(std::string_view bytes, NpyWriter::Number number = NpyWriter::Number::kFloat32);

// The first vectors of a file; the queries are taken out from among them. Projected to `dimension` where they have
// more numbers, and scaled to length 1. Gives at most `rows`; kInvalidArgument "too_few_vectors" when there are fewer.
struct NpyRequest {
  std::filesystem::path path;
  size_t dimension = 0;
  int64_t rows = 0;
  size_t queries = 0;
  uint64_t seed = 1;
  bool queries_first = false;  // they are the file's first vectors; otherwise drawn from it
};
Result<BenchVectors> npy_vectors(const NpyRequest& request);

}  // namespace nozama
