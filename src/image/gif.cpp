#include <gif_lib.h>

#include <algorithm>
#include <cstring>

#include "image/codecs.h"

namespace nozama {
namespace {

struct Source {
  std::span<const std::byte> bytes;
  size_t position = 0;
};

int read_bytes(GifFileType* file, GifByteType* out, int n) {
  auto* source = static_cast<Source*>(file->UserData);
  const size_t count = std::min(static_cast<size_t>(n), source->bytes.size() - source->position);
  std::memcpy(out, source->bytes.data() + source->position, count);
  source->position += count;
  return static_cast<int>(count);
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : source_{bytes} { file_ = DGifOpen(&source_, read_bytes, &error_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (file_ != nullptr) DGifCloseFile(file_, &error_);
  }
  GifFileType* file() { return file_; }
  std::string message() {
    const char* text = GifErrorString(file_ != nullptr ? file_->Error : error_);
    return text != nullptr ? text : "it ends early";
  }

 private:
  Source source_;
  GifFileType* file_ = nullptr;
  int error_ = 0;
};

// Skips to the first picture; remembers the transparent colour announced before it, -1 = none.
bool find_first_picture(GifFileType* file, int& transparent) {
  GifRecordType type = UNDEFINED_RECORD_TYPE;
  while (DGifGetRecordType(file, &type) == GIF_OK) {
    if (type == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(file) == GIF_OK;
    if (type != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(file, &code, &block) != GIF_OK) return false;
    while (block != nullptr) {
      if (code == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4) transparent = (block[1] & 1) != 0 ? block[4] : -1;
      if (DGifGetExtensionNext(file, &block) != GIF_OK) return false;
    }
  }
  return false;
}

// Rows of an interlaced picture come in four passes.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> order;
  if (!interlaced) {
    for (int y = 0; y < height; ++y) order.push_back(y);
    return order;
  }
  constexpr int kStart[] = {0, 4, 2, 1};
  constexpr int kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < 4; ++pass) {
    for (int y = kStart[pass]; y < height; y += kStep[pass]) order.push_back(y);
  }
  return order;
}

}  // namespace

Result<ImageInfo> read_gif_info(std::span<const std::byte> bytes) {
  if (bytes.size() < 13) return damaged("GIF", "it ends early");
  const auto u16 = [&](size_t i) { return static_cast<int>(bytes[i]) | static_cast<int>(bytes[i + 1]) << 8; };
  if (u16(6) == 0 || u16(8) == 0) return damaged("GIF", "its size is impossible");
  return ImageInfo{ImageFormat::kGif, u16(6), u16(8), 1};
}

Result<Image> decode_gif(std::span<const std::byte> bytes, const ImageInfo& info) {
  Reader reader(bytes);
  GifFileType* file = reader.file();
  int transparent = -1;
  if (file == nullptr || !find_first_picture(file, transparent)) return damaged("GIF", reader.message());
  const GifImageDesc& frame = file->Image;
  const ColorMapObject* colours = frame.ColorMap != nullptr ? frame.ColorMap : file->SColorMap;
  if (colours == nullptr) return damaged("GIF", "it has no colours");
  if (frame.Width <= 0 || frame.Height <= 0 || static_cast<int64_t>(frame.Width) * frame.Height > 4 * static_cast<int64_t>(info.width) * info.height) {
    return damaged("GIF", "its first picture does not fit");
  }
  Image image = make_image(info.width, info.height);
  std::fill(image.rgb.begin(), image.rgb.end(), uint8_t{255});
  std::vector<GifPixelType> line(static_cast<size_t>(frame.Width));
  for (const int row : row_order(frame.Height, frame.Interlace)) {
    if (DGifGetLine(file, line.data(), frame.Width) != GIF_OK) return damaged("GIF", reader.message());
    const int y = frame.Top + row;
    if (y < 0 || y >= image.height) continue;
    for (int x = 0; x < frame.Width; ++x) {
      const int column = frame.Left + x;
      const int index = line[static_cast<size_t>(x)];
      if (column < 0 || column >= image.width || index == transparent || index >= colours->ColorCount) continue;
      const GifColorType& colour = colours->Colors[index];
      uint8_t* pixel = image.row(y) + static_cast<size_t>(column) * 3;
      pixel[0] = colour.Red;
      pixel[1] = colour.Green;
      pixel[2] = colour.Blue;
    }
  }
  return image;
}

}  // namespace nozama
