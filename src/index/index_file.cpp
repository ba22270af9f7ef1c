// The snapshot file; docs/index_format.md describes every byte.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/half.h"
#include "base/hash.h"
#include "index/embedded_index.h"

namespace nozama {
namespace {

constexpr std::string_view kMagic = "NZMINDEX";
constexpr uint32_t kVersion = 4;
struct Header {  // after the magic
  uint32_t version, dimension;
  uint64_t body_bytes, checksum;
};
constexpr size_t kHeaderBytes = kMagic.size() + sizeof(Header);
static_assert(kHeaderBytes == 32);
constexpr uint32_t kDimensionMax = 8192;

class Writer {
 public:
  explicit Writer(size_t reserved) : bytes_(reserved) {}
  template <class T>
  void number(T value) {
    const auto* p = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), p, p + sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<uint32_t>(value.size()));
    const auto p = as_byte_span(value);
    bytes_.insert(bytes_.end(), p.begin(), p.end());
  }
  void halves(std::span<const uint16_t> values) {
    const auto p = std::as_bytes(values);
    bytes_.insert(bytes_.end(), p.begin(), p.end());
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Reads past the end give zeros and clear good().
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (!take(sizeof value)) return value;
    std::memcpy(&value, taken_.data(), sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<uint32_t>();
    return take(size) ? std::string(as_text(taken_)) : std::string();
  }
  std::vector<uint16_t> halves(size_t count) {
    if (count == 0 || !take(count * 2)) return {};
    std::vector<uint16_t> values(count);
    std::memcpy(values.data(), taken_.data(), taken_.size());
    return values;
  }
  bool good() const { return good_; }
  size_t left() const { return rest_.size(); }

 private:
  bool take(size_t n) {
    good_ = good_ && n <= rest_.size();
    if (!good_) return false;
    taken_ = rest_.first(n);
    rest_ = rest_.subspan(n);
    return true;
  }
  std::span<const std::byte> rest_, taken_;
  bool good_ = true;
};

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "damaged_index", fmt::format("the index snapshot is damaged: {}", what));
}

void write_attributes(Writer& out, const RowAttributes& row) {
  out.number(static_cast<uint32_t>(row.numbers.size()));
  for (const auto& [column, value] : row.numbers) {
    out.text(column);
    out.number(value);
  }
  out.number(static_cast<uint32_t>(row.keywords.size()));
  for (const auto& [column, value] : row.keywords) {
    out.text(column);
    out.text(value);
  }
}

RowAttributes read_attributes(Reader& in) {
  RowAttributes row;
  const auto numbers = in.number<uint32_t>();
  for (uint32_t i = 0; i < numbers && in.good(); ++i) {
    std::string column = in.text();
    row.numbers.emplace_back(std::move(column), in.number<double>());
  }
  const auto keywords = in.number<uint32_t>();
  for (uint32_t i = 0; i < keywords && in.good(); ++i) {
    std::string column = in.text();
    row.keywords.emplace_back(std::move(column), in.text());
  }
  return row;
}

bool finite_rows(std::span<const uint16_t> halves) {
  for (const uint16_t half : halves) {
    if ((half & 0x7C00) == 0x7C00) return false;
  }
  return true;
}

Status read_products(Reader& in, uint64_t count, size_t dimension, EmbeddedIndex& index) {
  for (uint64_t i = 0; i < count; ++i) {
    EmbeddedIndex::StoredProduct product;
    product.product.value = in.number<int64_t>();
    product.partition.value = in.number<int64_t>();
    product.duplicate_group.value = in.number<int64_t>();
    product.attributes = read_attributes(in);
    const auto pictures = in.number<uint32_t>();
    if (!in.good() || pictures > in.left() / (8 + 2 * dimension)) return damaged("a product is longer than the file");
    for (uint32_t p = 0; p < pictures; ++p) product.pictures.push_back({in.number<int64_t>()});
    product.halves = in.halves(pictures * dimension);
    if (!in.good()) return damaged("it ends early");
    if (!finite_rows(product.halves)) return damaged("a vector has a number that is not finite");
    index.store(std::span(&product, 1));
  }
  return in.left() == 0 ? Status{} : damaged("it has bytes after its end");
}

}  // namespace

Status EmbeddedIndex::save(const std::filesystem::path& path, const IndexStamp& stamp) const {
  Writer file(kHeaderBytes);
  {
    const std::shared_ptr<const View> view = this->view();
    const auto& [slots, rows] = *view->generation;
    file.text(stamp.catalogue_id);
    file.text(stamp.space);
    file.number(stamp.seq);
    file.number(static_cast<uint64_t>(view->products));
    for (uint32_t slot = 0; slot < view->version; ++slot) {
      const SlotRecord& record = slots[slot];
      if (record.rows == 0 || !slots.alive(slot, view->version)) continue;
      file.number(record.product.value);
      file.number(view->directory->partitions[record.partition]->id.value);
      file.number(record.duplicate_group.value);
      write_attributes(file, slots.columns().row(slot));
      file.number(record.rows);
      for (uint32_t row = record.first_row; row < record.first_row + record.rows; ++row) file.number(rows.picture(row).value);
      for (uint32_t row = record.first_row; row < record.first_row + record.rows; ++row) file.halves(rows.half_row(row));
    }
  }
  const auto body = std::span<const std::byte>(file.bytes()).subspan(kHeaderBytes);
  const Header header{kVersion, static_cast<uint32_t>(dimension_), body.size(), checksum64(body)};
  std::memcpy(file.bytes().data(), kMagic.data(), kMagic.size());
  std::memcpy(file.bytes().data() + kMagic.size(), &header, sizeof header);
  return write_file_atomic(path, file.bytes());
}

Result<LoadedIndex> load_embedded_index(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes || as_text(bytes.first(kMagic.size())) != kMagic) return damaged("it does not start like one");
  Header header;
  std::memcpy(&header, bytes.data() + kMagic.size(), sizeof header);
  if (header.version > kVersion)
    return fail(ErrorCode::kUnsupported, "newer_index", fmt::format("the index snapshot is of version {}; this program reads {}", header.version, kVersion));
  if (header.version != 0 && header.version < kVersion)
    return fail(ErrorCode::kUnsupported, "older_index", fmt::format("the index snapshot is of version {}; this program writes {}", header.version, kVersion));
  if (header.version == 0 || header.dimension == 0 || header.dimension > kDimensionMax || header.dimension % 4 != 0) return damaged("its header is impossible");
  const auto body = bytes.subspan(kHeaderBytes);
  if (body.size() != header.body_bytes || checksum64(body) != header.checksum) return damaged("its checksum does not match");

  Reader in(body);
  LoadedIndex loaded;
  loaded.stamp.catalogue_id = in.text();
  loaded.stamp.space = in.text();
  loaded.stamp.seq = in.number<int64_t>();
  const auto products = in.number<uint64_t>();
  if (!in.good()) return damaged("it ends early");
  auto index = std::make_unique<EmbeddedIndex>(header.dimension);
  const Status read = read_products(in, products, header.dimension, *index);
  if (!read) return propagate(read);
  loaded.index = std::move(index);
  return loaded;
}

Result<LoadedIndex> load_embedded_index(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return propagate(bytes);
  auto loaded = load_embedded_index(std::span<const std::byte>(*bytes));
  if (!loaded) return propagate(loaded, path.string());
  return loaded;
}

}  // namespace nozama
