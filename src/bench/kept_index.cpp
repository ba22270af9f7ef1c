#include "bench/kept_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstring>

#include "base/file.h"
#include "bench/npy_file.h"
#include "bench/own_index.h"

namespace nozama {
namespace {

constexpr size_t kArrayBytesMax = size_t{4} << 30;
constexpr std::string_view kAbout = "about.json", kQueries = "queries.npy", kTruth = "truth.npy";

double seconds_since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

struct Kept {
  Measurement about;  // data, rows, dimension, what it took to build
  std::vector<float> queries;
  std::vector<int32_t> truth;
};

template <class T>
Result<std::vector<T>> array_of(const std::filesystem::path& path, NpyWriter::Number number, size_t columns) {
  const auto bytes = read_file(path, kArrayBytesMax);
  if (!bytes) return propagate(bytes);
  const auto shape = parse_npy_header(as_text(*bytes), number);
  if (!shape) return propagate(shape, path.string());
  const auto count = static_cast<size_t>(shape->rows) * shape->columns;
  if (shape->columns != columns || (bytes->size() - shape->data_offset) / sizeof(T) != count)
    return fail(ErrorCode::kCorrupt, "damaged_vectors", fmt::format("{} is of another shape", path.string()));
  std::vector<T> values(count);
  std::memcpy(values.data(), bytes->data() + shape->data_offset, count * sizeof(T));
  return values;
}

Result<Measurement> read_about(const std::filesystem::path& path) {
  const auto text = read_text_file(path);
  if (!text) return propagate(text);
  try {
    const auto fields = boost::json::parse(*text).as_object();
    Measurement about;
    about.data = fields.at("data").as_string();
    about.rows = fields.at("rows").to_number<int64_t>();
    about.dimension = fields.at("dim").to_number<size_t>();
    about.threads = fields.at("threads").to_number<size_t>();
    about.build_cpu_s = fields.at("build_cpu_s").to_number<double>();
    about.local_dimension = fields.at("local_dimension").to_number<double>();
    if (about.rows > 0 && about.dimension > 0) return about;
  } catch (const std::exception&) {
    // told of below
  }
  return fail(ErrorCode::kCorrupt, "damaged_about", fmt::format("{} is not what --keep writes; make it again", path.string()));
}

Result<Kept> read_kept(const std::filesystem::path& folder) {
  auto about = read_about(folder / kAbout);
  if (!about && about.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "not_kept", fmt::format("{} has no index of `bench index --rows N --keep {}`", folder.string(), folder.string()));
  }
  if (!about) return propagate(about);
  auto queries = array_of<float>(folder / kQueries, NpyWriter::Number::kFloat32, about->dimension);
  if (!queries) return propagate(queries);
  auto truth = array_of<int32_t>(folder / kTruth, NpyWriter::Number::kInt32, kNeighbours);
  if (!truth) return propagate(truth);
  if (truth->size() / kNeighbours != queries->size() / about->dimension)
    return fail(ErrorCode::kCorrupt, "damaged_vectors", fmt::format("{} has not as many answers as queries", folder.string()));
  return Kept{std::move(*about), std::move(*queries), std::move(*truth)};
}

double recall_of(std::span<const int32_t> truth, std::span<const int32_t> found) {
  size_t right = 0;
  for (size_t first = 0; first < truth.size(); first += kNeighbours) {
    for (const int32_t row : found.subspan(first, kNeighbours))
      right += std::ranges::find(truth.subspan(first, kNeighbours), row) != truth.begin() + static_cast<std::ptrdiff_t>(first + kNeighbours);
  }
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

// Every query once, in a process that has just opened the file; the first answer counts from before opening it.
Status measure_start(const std::filesystem::path& index, const Kept& kept, OwnIndex& own, Start& start, Rounds& rounds) {
  const size_t d = kept.about.dimension;
  std::vector<float> times;
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = process_cpu_seconds();
  if (auto opened = own.open(index); !opened) return opened;
  for (size_t first = 0; first < kept.queries.size(); first += d) {
    const auto asked = std::chrono::steady_clock::now();
    const auto rows = own.search(std::span(kept.queries).subspan(first, d), {});
    times.push_back(static_cast<float>(1e6 * seconds_since(asked)));
    if (!rows) return propagate(rows);
    if (first > 0) continue;
    start.first_answer_s = seconds_since(begin);
    start.cpu_s = process_cpu_seconds() - cpu;
  }
  rounds.add(std::move(times), 0);
  return {};
}

}  // namespace

std::filesystem::path index_path(const std::filesystem::path& folder) { return folder / "index.nzi"; }

Status write_queries(const std::filesystem::path& folder, std::span<const float> queries, size_t dimension, std::span<const int32_t> truth) {
  const auto write = [&](std::string_view name, NpyWriter::Number number, size_t columns, std::span<const std::byte> bytes) -> Status {
    auto file = NpyWriter::open(folder / name, number, static_cast<int64_t>(bytes.size() / sizeof(float) / columns), columns);
    if (!file) return propagate(file);
    if (auto written = file->write(bytes); !written) return written;
    return file->close();
  };
  if (auto written = write(kQueries, NpyWriter::Number::kFloat32, dimension, std::as_bytes(queries)); !written) return written;
  return write(kTruth, NpyWriter::Number::kInt32, kNeighbours, std::as_bytes(truth));
}

Status write_about(const std::filesystem::path& folder, const Measurement& measurement) {
  return write_file_unflushed(folder / kAbout, as_byte_span(measurement_json(measurement, this_machine()) + "\n"));
}

Result<Measurement> measure_kept(const std::filesystem::path& folder, size_t repeats, const std::stop_token& stop) {
  auto kept = read_kept(folder);
  if (!kept) return propagate(kept);
  const std::filesystem::path index = index_path(folder);
  Start cold;
  if (auto gone = leave_page_cache(index); !gone) return propagate(gone);
  cold.cached = cached_share(index);
  Rounds cold_rounds, warm_start_rounds, rounds;
  {
    OwnIndex own(kept->about.dimension);
    if (auto done = measure_start(index, *kept, own, cold, cold_rounds); !done) return propagate(done);
  }
  cold.times = cold_rounds.summary();
  Start warm;
  warm.cached = cached_share(index);
  OwnIndex own(kept->about.dimension);
  if (auto done = measure_start(index, *kept, own, warm, warm_start_rounds); !done) return propagate(done);
  warm.times = warm_start_rounds.summary();

  Measurement m = kept->about;
  for (size_t round = 0; round < repeats; ++round) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "stopped", "stopped on request");
    const auto found = own.round(kept->queries, {}, rounds);
    if (!found) return propagate(found);
    m.recall = recall_of(kept->truth, *found);
  }
  const ProcessMemory memory = process_memory();
  m.engine = "nozama-opened";
  m.version = OwnIndex::version();
  m.setting = fmt::format("first answer after {:.3f} s, {:.3f} s from memory", cold.first_answer_s, warm.first_answer_s);
  m.times = rounds.summary();
  m.index_bytes = own.index_bytes();
  m.resident_bytes = static_cast<double>(memory.anonymous);
  m.peak_bytes = static_cast<double>(memory.peak);
  m.opened = Opened{cold, warm, static_cast<double>(memory.resident - memory.anonymous)};
  return m;
}

}  // namespace nozama
