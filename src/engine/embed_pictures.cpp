#include "engine/embed_pictures.h"

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

EmbeddedPicture embed_picture(const Encoder& encoder, const PictureSource& source) {
  EmbeddedPicture picture;
  const auto bytes = source();
  if (!bytes) {
    picture.fault = bytes.error().message;
    return picture;
  }
  picture.content_hash = content_hash(*bytes);
  StageTimings timings;
  auto embedding = embed_photo(encoder, *bytes, std::nullopt, timings);
  if (embedding) {
    picture.embedding = std::move(*embedding);
  } else {
    picture.fault = embedding.error().message;
  }
  return picture;
}

}  // namespace

PictureSource picture_file(std::filesystem::path path) {
  return [path = std::move(path)] { return read_file(path, kPictureFileBytesMax); };
}

Result<std::vector<EmbeddedPicture>> embed_pictures(const Encoder& encoder, std::span<const PictureSource> pictures, size_t threads,
                                                    const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  std::vector<EmbeddedPicture> embedded(pictures.size());
  std::atomic<int64_t> done{0};
  const auto report = [&] {
    if (progress) progress(done, static_cast<int64_t>(pictures.size()));
  };
  {
    WorkerPool pool({.threads = threads, .queue_length_max = 2 * threads});
    for (size_t i = 0; i < pictures.size() && !stop.stop_requested(); ++i) {
      pool.submit([&, i] {
        if (!stop.stop_requested()) embedded[i] = embed_picture(encoder, pictures[i]);
        ++done;
      });
      report();
    }
  }
  report();
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
  return embedded;
}

}  // namespace nozama
