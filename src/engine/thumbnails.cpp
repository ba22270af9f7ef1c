#include "engine/thumbnails.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr int kQuality = 80;

bool is_hash(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<std::vector<std::byte>> make_thumbnail(Workspace& workspace, const std::string& content_hash, int width) {
  if (std::find(std::begin(kThumbnailWidths), std::end(kThumbnailWidths), width) == std::end(kThumbnailWidths)) {
    return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("w is {}, but must be one of 160, 320, 640, 1280", width));
  }
  if (!is_hash(content_hash)) return fail(ErrorCode::kNotFound, "not_found", "there is no such picture");
  const std::string key = fmt::format("{}-w{}.webp", content_hash, width);
  auto kept = workspace.thumbnails().get(key);
  if (kept) return kept;
  const auto original = workspace.pictures().get(content_hash);
  if (!original) return propagate(original);
  // Either side may be the long one; decoding to `width` on the short side never leaves too few pixels.
  const auto image = decode_image(*original, {}, width);
  if (!image) return propagate(image, "picture " + content_hash);
  auto encoded = encode_webp(fit_within(*image, width), kQuality);
  if (!encoded) return encoded;
  const Status stored = workspace.thumbnails().put(key, *encoded);
  // The thumbnail answers this request all the same; the next one makes it again.
  if (!stored) log_warning("thumbnail_not_kept", {{"picture", content_hash}, {"error", stored.error().message}});
  return encoded;
}

}  // namespace nozama
