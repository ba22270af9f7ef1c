#include "engine/evaluation_speed.h"

#include "base/clock.h"
#include "engine/search_session.h"
#include "engine/workspace.h"
#include "model/encoder.h"

namespace nozama {

Result<EncodingSpeed> measure_encoding_speed(Workspace& workspace, std::span<const PictureSource> pictures, std::stop_token stop) {
  const auto serving = workspace.serving_encoder();
  if (!serving) return propagate(serving);
  EncodingSpeed speed;
  for (const PictureSource& picture : pictures) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
    const auto bytes = picture();
    StageTimings timings;
    if (!bytes || !embed_photo(*serving->encoder, *bytes, std::nullopt, timings)) continue;
    speed.decode_ms.push_back(timings.decode_ms);
    speed.encode_ms.push_back(timings.encode_ms);
  }
  EncoderOptions options;
  options.mode = EncoderOptions::Mode::kThroughput;
  options.threads = workspace.options().threads;
  options.precision = choice_of(serving->encoder->info().id.precision);
  options.cache_dir = workspace.dir().model_cache();
  const auto encoder = open_encoder(serving->bundle_dir, options);
  if (!encoder) return propagate(encoder);
  const Stopwatch watch;
  const auto embedded = embed_pictures(**encoder, pictures, workspace.threads(), nullptr, stop);
  if (!embedded) return propagate(embedded);
  const auto seconds = watch.elapsed_ms() / 1000;
  if (seconds > 0) speed.pictures_per_second = static_cast<double>(speed.decode_ms.size()) / seconds;
  return speed;
}

}  // namespace nozama
