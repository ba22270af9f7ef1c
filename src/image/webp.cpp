#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "image/codecs.h"

namespace nozama {
namespace {

struct Demuxer {
  WebPDemuxer* handle;
  explicit Demuxer(std::span<const std::byte> bytes) {
    const WebPData data = {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
    handle = WebPDemux(&data);
  }
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;
  ~Demuxer() { WebPDemuxDelete(handle); }
};

int orientation_of(WebPDemuxer* demuxer) {
  WebPChunkIterator chunk;
  int orientation = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0) {
    orientation = exif_orientation(std::as_bytes(std::span(chunk.chunk.bytes, chunk.chunk.size)));
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

Result<Image> decode_frame(const WebPIterator& frame, int short_side_hint) {
  const uint8_t* data = frame.fragment.bytes;
  const size_t size = frame.fragment.size;
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) abort_with("libwebp has another version than its headers");
  if (WebPGetFeatures(data, size, &config.input) != VP8_STATUS_OK) return damaged("WebP", "its frame has no header");
  // The limits were checked on the container's numbers.
  if (config.input.width != frame.width || config.input.height != frame.height) return damaged("WebP", "its frame has another size than announced");
  int width = config.input.width, height = config.input.height;
  const int shorter = std::min(width, height);
  if (short_side_hint > 0 && shorter > 2 * short_side_hint) {
    const double scale = static_cast<double>(short_side_hint) / shorter;
    width = std::max(1, static_cast<int>(std::lround(width * scale)));
    height = std::max(1, static_cast<int>(std::lround(height * scale)));
    config.options.use_scaling = 1;
    config.options.scaled_width = width;
    config.options.scaled_height = height;
  }
  Image image = make_image(width, height);
  const size_t pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
  const bool opaque = config.input.has_alpha == 0;
  std::vector<uint8_t> rgba(opaque ? 0 : pixels * 4);
  config.output.colorspace = opaque ? MODE_RGB : MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = opaque ? WebPRGBABuffer{image.rgb.data(), width * 3, image.rgb.size()} : WebPRGBABuffer{rgba.data(), width * 4, rgba.size()};
  const VP8StatusCode status = WebPDecode(data, size, &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK)
    return damaged("WebP", status == VP8_STATUS_SUSPENDED || status == VP8_STATUS_NOT_ENOUGH_DATA ? "it ends early" : "its data is invalid");
  for (size_t i = 0; i < rgba.size() / 4; ++i) {
    for (size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = over_white(rgba[4 * i + c], rgba[4 * i + 3]);
  }
  return image;
}

}  // namespace

Result<ImageInfo> read_webp_info(std::span<const std::byte> bytes) {
  const Demuxer demuxer(bytes);
  if (demuxer.handle == nullptr) return damaged("WebP", "it ends early or has no valid header");
  const auto width = static_cast<int>(WebPDemuxGetI(demuxer.handle, WEBP_FF_CANVAS_WIDTH));
  const auto height = static_cast<int>(WebPDemuxGetI(demuxer.handle, WEBP_FF_CANVAS_HEIGHT));
  if (width <= 0 || height <= 0) return damaged("WebP", "its size is impossible");
  return ImageInfo{ImageFormat::kWebp, width, height, orientation_of(demuxer.handle)};
}

Result<Image> decode_webp(std::span<const std::byte> bytes, const ImageInfo& info, int short_side_hint) {
  const Demuxer demuxer(bytes);
  if (demuxer.handle == nullptr) return damaged("WebP", "it ends early");
  WebPIterator frame;
  if (WebPDemuxGetFrame(demuxer.handle, 1, &frame) == 0) return damaged("WebP", "it has no frame");
  const bool whole = frame.x_offset == 0 && frame.y_offset == 0 && frame.width == info.width && frame.height == info.height;
  auto picture = decode_frame(frame, whole ? short_side_hint : 0);
  const int left = frame.x_offset, top = frame.y_offset;
  WebPDemuxReleaseIterator(&frame);
  if (!picture || whole) return picture;
  // The first frame of an animation may cover a part of the canvas only.
  Image canvas = make_image(info.width, info.height);
  std::fill(canvas.rgb.begin(), canvas.rgb.end(), uint8_t{255});
  const int columns = std::min(picture->width, canvas.width - left);
  for (int y = 0; y < picture->height && top + y < canvas.height; ++y) {
    std::copy_n(picture->row(y), static_cast<size_t>(std::max(0, columns)) * 3, canvas.row(top + y) + static_cast<size_t>(left) * 3);
  }
  return canvas;
}

}  // namespace nozama
