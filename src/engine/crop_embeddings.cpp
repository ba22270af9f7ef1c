#include "engine/crop_embeddings.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>

#include "base/file.h"
#include "base/worker_pool.h"
#include "bench/npy_file.h"
#include "image/decode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

constexpr size_t kFileBytesMax = size_t{64} << 20;
constexpr double kShareMin = 0.3, kShareMax = 0.6;

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error)) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

CropBox random_box(std::mt19937_64& random) {
  const auto uniform = [&] { return static_cast<double>(random() >> 11) / static_cast<double>(uint64_t{1} << 53); };
  CropBox box;
  box.w = kShareMin + (kShareMax - kShareMin) * uniform();
  box.h = kShareMin + (kShareMax - kShareMin) * uniform();
  box.x = (1 - box.w) * uniform();
  box.y = (1 - box.h) * uniform();
  return box;
}

// The pictures that can be read: the file has a row for each of their crops only.
std::vector<std::filesystem::path> readable(const std::vector<std::filesystem::path>& files) {
  std::vector<std::filesystem::path> pictures;
  for (const auto& path : files) {
    const auto bytes = read_file(path, kFileBytesMax);
    if (bytes && decode_image(*bytes, {}, 32)) pictures.push_back(path);
  }
  return pictures;
}

// Shared by the workers.
class CropFile {
 public:
  CropFile(const Encoder& encoder, const CropEmbeddingOptions& options, NpyWriter file, size_t pictures)
      : encoder_(encoder), options_(options), file_(std::move(file)), pictures_(pictures) {}

  void embed(size_t picture, const std::filesystem::path& path, const std::stop_token& stop) {
    const auto bytes = read_file(path, kFileBytesMax);
    if (!bytes) return keep(bytes.error());
    const auto image = decode_image(*bytes);
    if (!image) return keep(image.error());
    std::mt19937_64 random(options_.seed * 1'000'003 + picture);
    for (int64_t i = 0; i < options_.crops && !stop.stop_requested(); ++i) {
      const auto encoding = encoder_.encode(crop(*image, random_box(random)));
      if (!encoding) return keep(encoding.error());
      const std::lock_guard lock(mutex_);
      const auto row = i * static_cast<int64_t>(pictures_) + static_cast<int64_t>(picture);
      if (auto written = file_.write_row(row, encoding->embedding); !written) error_ = written.error();
    }
  }

  Status finish() {
    if (error_) return std::unexpected(*error_);
    return file_.close();
  }

 private:
  void keep(const Error& error) {
    const std::lock_guard lock(mutex_);
    error_ = error;
  }

  const Encoder& encoder_;
  const CropEmbeddingOptions& options_;
  NpyWriter file_;
  size_t pictures_;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

Result<CropEmbeddingReport> embed_crops(const Encoder& encoder, const CropEmbeddingOptions& options, const std::function<void(int64_t, int64_t)>& progress,
                                        std::stop_token stop) {
  const auto files = files_of(options.pictures);
  const auto pictures = readable(files);
  if (pictures.empty()) return fail(ErrorCode::kNotFound, "no_pictures", fmt::format("{} has no picture that can be read", options.pictures.string()));
  const int64_t rows = static_cast<int64_t>(pictures.size()) * options.crops;
  auto opened = NpyWriter::open(options.out, NpyWriter::Number::kFloat32, rows, static_cast<size_t>(encoder.info().embedding_dim));
  if (!opened) return propagate(opened);
  CropFile file(encoder, options, std::move(*opened), pictures.size());
  std::atomic<int64_t> done{0};
  {
    WorkerPool pool({.threads = options.threads, .queue_length_max = 2 * options.threads});
    for (size_t i = 0; i < pictures.size() && !stop.stop_requested(); ++i) {
      pool.submit([&, i] {
        file.embed(i, pictures[i], stop);
        done += options.crops;
      });
      progress(done, rows);
    }
  }
  progress(done, rows);
  auto finished = file.finish();
  if (finished && !stop.stop_requested()) return CropEmbeddingReport{rows, static_cast<int64_t>(files.size() - pictures.size())};
  std::error_code ignored;
  std::filesystem::remove(options.out, ignored);
  if (!finished) return propagate(finished);
  return fail(ErrorCode::kCancelled, "cancelled", "stopped on request; no file is left");
}

}  // namespace nozama
