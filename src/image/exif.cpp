#include <cstring>

#include "image/codecs.h"

namespace nozama {
namespace {

class TiffReader {
 public:
  explicit TiffReader(std::span<const std::byte> bytes) : bytes_(bytes) {
    valid_ = bytes.size() >= 8 && ((at(0) == 'I' && at(1) == 'I') || (at(0) == 'M' && at(1) == 'M'));
    big_endian_ = valid_ && at(0) == 'M';
    valid_ = valid_ && u16(2) == 42;
  }
  bool valid() const { return valid_; }
  bool has(size_t offset, size_t n) const { return offset <= bytes_.size() && n <= bytes_.size() - offset; }
  uint32_t u16(size_t offset) const {
    if (!has(offset, 2)) return 0;
    return big_endian_ ? at(offset) << 8 | at(offset + 1) : at(offset + 1) << 8 | at(offset);
  }
  uint32_t u32(size_t offset) const {
    if (!has(offset, 4)) return 0;
    return big_endian_ ? u16(offset) << 16 | u16(offset + 2) : u16(offset + 2) << 16 | u16(offset);
  }

 private:
  uint32_t at(size_t i) const { return static_cast<uint32_t>(bytes_[i]); }

  std::span<const std::byte> bytes_;
  bool valid_ = false, big_endian_ = false;
};

}  // namespace

int exif_orientation(std::span<const std::byte> tiff) {
  // JPEG's prefix, which some programs leave on the block in WebP and PNG files too.
  constexpr char kPrefix[] = "Exif\0";
  if (tiff.size() >= sizeof kPrefix && std::memcmp(tiff.data(), kPrefix, sizeof kPrefix) == 0) tiff = tiff.subspan(sizeof kPrefix);
  constexpr uint32_t kOrientationTag = 0x0112;
  constexpr uint32_t kShort = 3;
  const TiffReader reader(tiff);
  if (!reader.valid()) return 1;
  const size_t directory = reader.u32(4);
  const uint32_t entries = reader.u16(directory);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + size_t{12} * i;
    if (!reader.has(entry, 12)) return 1;
    if (reader.u16(entry) != kOrientationTag || reader.u16(entry + 2) != kShort) continue;
    const uint32_t value = reader.u16(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace nozama
