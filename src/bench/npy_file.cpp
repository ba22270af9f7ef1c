#include "bench/npy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <random>

#include "bench/principal_axes.h"

namespace nozama {
namespace {

constexpr size_t kHeaderBytesMax = 4096;
constexpr size_t kColumnsMax = 1 << 16;
constexpr int64_t kRowsMax = int64_t{1} << 40;
constexpr size_t kSample = 4096;  // that the projection is fitted on

std::unexpected<Error> not_vectors(std::string_view why) {
  return fail(ErrorCode::kUnsupported, "not_vectors",
              fmt::format("{}; wanted is a .npy file of a two-dimensional array of float32: numpy.save(path, array.astype('<f4'))", why));
}

std::string_view code_of(NpyWriter::Number number) { return number == NpyWriter::Number::kFloat32 ? "<f4" : "<i4"; }

// "(1000, 256)" after 'shape':
bool parse_shape(std::string_view header, NpyShape& shape) {
  const size_t open = header.find("'shape':");
  const size_t bracket = open == std::string_view::npos ? open : header.find('(', open);
  if (bracket == std::string_view::npos) return false;
  const char* end = header.data() + header.size();
  const auto rows = std::from_chars(header.data() + bracket + 1, end, shape.rows);
  if (rows.ec != std::errc() || rows.ptr == end || *rows.ptr != ',') return false;
  const char* second = rows.ptr + 1;
  while (second != end && *second == ' ') ++second;
  const auto columns = std::from_chars(second, end, shape.columns);
  return columns.ec == std::errc() && columns.ptr != end && *columns.ptr == ')';
}

class NpyVectors final : public VectorSource {
 public:
  NpyVectors(std::ifstream file, const NpyShape& shape, size_t dimension, int64_t rows)
      : file_(std::move(file)), shape_(shape), dimension_(dimension), left_(rows), row_(shape.columns) {}

  size_t dimension() const override { return dimension_; }

  Result<size_t> read(std::span<float> vectors) override {
    size_t count = 0;
    for (; (count + 1) * dimension_ <= vectors.size() && left_ > 0; ++place_) {
      if (std::ranges::binary_search(held_out_, place_)) {
        file_.ignore(static_cast<std::streamsize>(row_.size() * sizeof(float)));
        continue;
      }
      if (auto done = read_row(vectors.subspan(count * dimension_, dimension_)); !done) return propagate(done);
      ++count;
      --left_;
    }
    return count;
  }

  Result<std::vector<float>> rows_at(std::vector<int64_t> places, size_t numbers) {
    std::vector<float> result(places.size() * numbers);
    for (size_t i = 0; i < places.size(); ++i) {
      place_ = places[i];
      file_.seekg(static_cast<std::streamoff>(shape_.data_offset + static_cast<size_t>(place_) * row_.size() * sizeof(float)));
      if (auto done = read_row(std::span(result).subspan(i * numbers, numbers)); !done) return propagate(done);
    }
    return result;
  }

  Status fit_axes(std::mt19937_64& random) {
    std::vector<int64_t> places(kSample);
    for (int64_t& place : places) place = static_cast<int64_t>(random() % static_cast<uint64_t>(shape_.rows));
    auto sample = rows_at(places, row_.size());
    if (!sample) return propagate(sample);
    axes_ = std::make_unique<PrincipalAxes>(*sample, row_.size(), dimension_);
    return {};
  }

  void hold_out(std::vector<int64_t> places) {
    held_out_ = std::move(places);
    place_ = 0;
    file_.seekg(static_cast<std::streamoff>(shape_.data_offset));
  }

 private:
  Status read_row(std::span<float> vector) {
    if (!file_.read(reinterpret_cast<char*>(row_.data()), static_cast<std::streamsize>(row_.size() * sizeof(float)))) {
      return fail(ErrorCode::kCorrupt, "damaged_vectors", fmt::format("the file ends before row {}", place_));
    }
    bool whole = normalise(row_);
    if (whole && axes_ && vector.size() == dimension_) {
      whole = axes_->project(row_, vector);
    } else {
      std::ranges::copy(row_, vector.begin());
    }
    if (!whole) return fail(ErrorCode::kInvalidArgument, "bad_vector", fmt::format("row {} has no direction: it is zero or not finite; leave it out", place_));
    return {};
  }

  std::ifstream file_;
  NpyShape shape_;
  size_t dimension_;
  int64_t left_, place_ = 0;
  std::vector<float> row_;
  std::unique_ptr<PrincipalAxes> axes_;
  std::vector<int64_t> held_out_;  // ascending
};

// `count` of the places from 0, ascending.
std::vector<int64_t> choose_places(std::mt19937_64& random, int64_t rows, size_t count) {
  std::vector<int64_t> places;
  while (places.size() < count) {
    while (places.size() < count) places.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(rows)));
    std::ranges::sort(places);
    places.erase(std::ranges::unique(places).begin(), places.end());
  }
  return places;
}

}  // namespace

Result<NpyWriter> NpyWriter::open(const std::filesystem::path& path, Number number, int64_t rows, size_t columns) {
  NpyWriter writer;
  writer.path_ = path;
  writer.file_.open(path, std::ios::binary);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}", code_of(number), rows, columns);
  header.resize((header.size() + 10 + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  const char start[] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<char>(header.size()), static_cast<char>(header.size() >> 8)};
  writer.file_.write(start, sizeof start) << header;
  writer.data_offset_ = static_cast<std::streamoff>(sizeof start + header.size());
  if (!writer.file_) return fail(ErrorCode::kUnavailable, "write_failed", fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  return writer;
}

Status NpyWriter::write(std::span<const std::byte> numbers) {
  if (file_.write(reinterpret_cast<const char*>(numbers.data()), static_cast<std::streamsize>(numbers.size()))) return {};
  return fail(ErrorCode::kUnavailable, "write_failed", fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
}

Status NpyWriter::write_row(int64_t row, std::span<const float> numbers) {
  file_.seekp(data_offset_ + static_cast<std::streamoff>(row) * static_cast<std::streamoff>(numbers.size_bytes()));
  return write(std::as_bytes(numbers));
}

Status NpyWriter::close() {
  file_.close();
  return file_ ? Status() : fail(ErrorCode::kUnavailable, "write_failed", fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
}

Result<NpyShape> parse_npy_header(std::string_view bytes, NpyWriter::Number number) {
  if (bytes.size() < 12 || bytes.substr(0, 6) != std::string_view("\x93NUMPY", 6)) return not_vectors("this is no .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  const bool long_header = byte(6) >= 2;
  const size_t start = long_header ? 12 : 10;
  const size_t length = byte(8) | byte(9) << 8 | (long_header ? byte(10) << 16 | byte(11) << 24 : 0);
  if (byte(6) < 1 || byte(6) > 3 || length > bytes.size() - start) return not_vectors("its header is too long or of an unknown version");
  const std::string_view header = bytes.substr(start, length);
  if (!header.contains(fmt::format("'descr': '{}'", code_of(number)))) return not_vectors("its numbers are not float32");
  if (!header.contains("'fortran_order': False")) return not_vectors("its order is Fortran's");
  NpyShape shape;
  if (!parse_shape(header, shape)) return not_vectors("it has not two dimensions");
  if (shape.rows < 1 || shape.columns < 1 || shape.rows > kRowsMax || shape.columns > kColumnsMax) return not_vectors("its shape is out of range");
  shape.data_offset = start + length;
  return shape;
}

Result<BenchVectors> npy_vectors(const NpyRequest& request) {
  std::ifstream file(request.path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "vectors_missing", fmt::format("cannot read {}: {}", request.path.string(), std::strerror(errno)));
  std::string head(kHeaderBytesMax, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<size_t>(file.gcount()));
  file.clear();
  const auto shape = parse_npy_header(head);
  if (!shape) return propagate(shape, request.path.string());
  if (shape->columns < request.dimension) {
    return fail(ErrorCode::kInvalidArgument, "bad_dim",
                fmt::format("the vectors of {} have {} numbers; ask for --dim {} at most", request.path.string(), shape->columns, shape->columns));
  }
  if (shape->rows < request.rows + static_cast<int64_t>(request.queries)) {
    return fail(ErrorCode::kInvalidArgument, "too_few_vectors",
                fmt::format("{} has {} vectors; {} rows and {} queries were asked for", request.path.string(), shape->rows, request.rows, request.queries));
  }
  std::mt19937_64 random(request.seed);
  auto vectors = std::make_unique<NpyVectors>(std::move(file), *shape, request.dimension, request.rows);
  if (shape->columns > request.dimension) {
    if (auto fitted = vectors->fit_axes(random); !fitted) return propagate(fitted, request.path.string());
  }
  // Among the first ones: the file may hold many more than the run reads.
  const int64_t among = static_cast<int64_t>(request.queries) + (request.queries_first ? 0 : request.rows);
  const std::vector<int64_t> places = choose_places(random, among, request.queries);
  auto queries = vectors->rows_at(places, request.dimension);
  if (!queries) return propagate(queries, request.path.string());
  vectors->hold_out(places);
  return BenchVectors{request.path.filename().string(), std::move(vectors), std::move(*queries)};
}

}  // namespace nozama
