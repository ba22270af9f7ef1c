#include "model/head_set.h"

#include <optional>
#include <string_view>
#include <utility>

#include "model/blob.h"

namespace nozama {
namespace {

constexpr std::string_view kMagic = "NZHS";
constexpr uint32_t kVersion = 1;
constexpr uint32_t kAttributesMax = 1 << 10;

std::unexpected<Error> damaged() { return fail(ErrorCode::kCorrupt, "head_damaged", "the stored category head is damaged; train again to replace it"); }

std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::optional<AttributeHead> read_attribute(BlobReader& reader, int dim) {
  AttributeHead attribute;
  attribute.name = text_of(reader.get_part());
  auto head = LinearHead::read_from(reader);
  if (!head || head->dim != dim) return std::nullopt;
  attribute.head = std::move(*head);
  for (size_t i = 0; i < attribute.head.classes(); ++i) {
    if (std::cmp_not_equal(attribute.head.class_ids[i], i)) return std::nullopt;
    attribute.values.push_back(text_of(reader.get_part()));
  }
  return reader.ok() ? std::optional(std::move(attribute)) : std::nullopt;
}

}  // namespace

std::vector<std::byte> HeadSet::serialise() const {
  BlobWriter writer(kMagic, kVersion);
  categories.write_to(writer);
  writer.put(static_cast<uint32_t>(backed_off.size()));
  for (const BackedOffCategory& one : backed_off) {
    writer.put(one.category);
    writer.put(one.taught_as);
  }
  writer.put(static_cast<uint32_t>(attributes.size()));
  for (const AttributeHead& attribute : attributes) {
    writer.put_part(std::as_bytes(std::span(attribute.name)));
    attribute.head.write_to(writer);
    for (const std::string& value : attribute.values) writer.put_part(std::as_bytes(std::span(value)));
  }
  return std::move(writer).finish();
}

Result<HeadSet> HeadSet::deserialise(std::span<const std::byte> bytes) {
  HeadSet set;
  if (auto alone = LinearHead::deserialise(bytes)) {
    set.categories = std::move(*alone);
    return set;
  }
  BlobReader reader(bytes, kMagic, kVersion);
  auto categories = LinearHead::read_from(reader);
  if (!categories) return damaged();
  set.categories = std::move(*categories);
  const std::vector<int64_t> pairs = reader.get_all<int64_t>(2 * size_t{reader.get<uint32_t>()});
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) set.backed_off.push_back({pairs[i], pairs[i + 1]});
  const auto attributes = reader.get<uint32_t>();
  if (!reader.ok() || attributes > kAttributesMax) return damaged();
  for (uint32_t i = 0; i < attributes; ++i) {
    auto attribute = read_attribute(reader, set.categories.dim);
    if (!attribute) return damaged();
    set.attributes.push_back(std::move(*attribute));
  }
  return reader.at_end() ? Result<HeadSet>(std::move(set)) : damaged();
}

}  // namespace nozama
