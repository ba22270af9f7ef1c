#include "engine/embed_files.h"

#include <fmt/format.h>

#include <atomic>

#include "base/file.h"
#include "base/hash.h"
#include "base/worker_pool.h"
#include "engine/search_session.h"
#include "image/decode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

EmbeddedFile embed_file(const Encoder& encoder, const std::filesystem::path& path) {
  EmbeddedFile file;
  const auto bytes = read_file(path, kPictureFileBytesMax);
  if (!bytes) {
    file.fault = bytes.error().message;
    return file;
  }
  file.content_hash = content_hash(*bytes);
  StageTimings timings;
  auto embedding = embed_photo(encoder, *bytes, std::nullopt, timings);
  if (embedding) {
    file.embedding = std::move(*embedding);
  } else {
    file.fault = fmt::format("{}: {}", path.string(), embedding.error().message);
  }
  return file;
}

}  // namespace

Result<std::vector<EmbeddedFile>> embed_files(const Encoder& encoder, std::span<const std::filesystem::path> files, size_t threads,
                                              const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  std::vector<EmbeddedFile> embedded(files.size());
  std::atomic<int64_t> done{0};
  const auto report = [&] {
    if (progress) progress(done, static_cast<int64_t>(files.size()));
  };
  {
    WorkerPool pool({.threads = threads, .queue_length_max = 2 * threads});
    for (size_t i = 0; i < files.size() && !stop.stop_requested(); ++i) {
      pool.submit([&, i] {
        if (!stop.stop_requested()) embedded[i] = embed_file(encoder, files[i]);
        ++done;
      });
      report();
    }
  }
  report();
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "stopped; nothing was written");
  return embedded;
}

}  // namespace nozama
