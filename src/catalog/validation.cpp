#include "catalog/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/file.h"
#include "base/hash.h"
#include "catalog/internal.h"
#include "catalog/money.h"

namespace nozama {

namespace {

// Part of every digest: raised when the same record would be stored differently.
constexpr std::string_view kDigestVersion = "product-1";
constexpr size_t kPartsMax = 10'000;  // variants, pictures or attributes of one product

// Bytes of the UTF-8 sequence at the start of text, 0 = malformed (Unicode 15, table 3-7).
size_t sequence_length(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto trails = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if ((at(i) & 0xC0) != 0x80) return false;
    }
    return true;
  };
  const uint8_t first = at(0);
  const uint8_t second = at(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return trails(1, 2) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    const uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return second >= low && second <= high && trails(2, 3) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high && trails(2, 4) ? 4 : 0;
  }
  return 0;
}

template <class Accept>
bool all_characters(std::string_view text, Accept accept) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (length == 0 || !accept(static_cast<uint8_t>(text.front()))) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::unexpected<Error> bad(std::string_view reason, std::string message) { return fail(ErrorCode::kInvalidArgument, reason, std::move(message)); }

Status clean(std::string_view text, std::string_view field) {
  if (is_clean_text(text)) return {};
  return bad("bad_text", fmt::format("{}: not UTF-8, or it holds a NUL", field));
}

Status clean_attributes(const std::vector<Attribute>& attributes) {
  if (attributes.size() > kPartsMax) return bad("too_many_attributes", fmt::format("more than {} attributes", kPartsMax));
  for (const Attribute& attribute : attributes) {
    if (auto ok = clean(attribute.name, "attribute name"); !ok) return ok;
    if (auto ok = clean(attribute.value, attribute.name); !ok) return ok;
  }
  return {};
}

Status validate_identity(const ProductRecord& record) {
  if (record.external_id.empty()) return bad("missing_id", "id: empty");
  if (record.external_id.size() > kExternalIdBytesMax || !is_clean_line(record.external_id)) {
    return bad("bad_id", fmt::format("id: must be one line of UTF-8 text of at most {} bytes", kExternalIdBytesMax));
  }
  return {};
}

Status validate_texts(const ProductRecord& record) {
  if (record.texts.empty()) return bad("missing_title", "title: empty");
  std::unordered_set<std::string> languages;
  for (const LocalizedText& text : record.texts) {
    if (text.title.empty()) return bad("missing_title", fmt::format("title {}: empty", text.lang));
    for (const std::string* field : {&text.lang, &text.title, &text.description}) {
      if (auto ok = clean(*field, "title or description"); !ok) return ok;
    }
    if (!languages.insert(normalized_lang(text.lang)).second) return bad("bad_text", fmt::format("two texts in language '{}'", text.lang));
  }
  if (auto ok = clean(record.brand, "brand"); !ok) return ok;
  if (auto ok = clean(record.url, "url"); !ok) return ok;
  if (record.relations.size() > kPartsMax) return bad("too_many_relations", fmt::format("more than {} relations", kPartsMax));
  for (const RelationRecord& relation : record.relations) {
    if (!is_clean_line(relation.kind) || !is_clean_line(relation.other_id)) return bad("bad_relation", "relation: must be one line of UTF-8 text");
  }
  return clean_attributes(record.attributes);
}

Status validate_numbers(const ProductRecord& record) {
  const bool priced = record.price_minor || std::ranges::any_of(record.variants, [](const auto& variant) { return variant.price_minor.has_value(); });
  if (record.price_minor.value_or(0) < 0) return bad("bad_price", "price: negative");
  if (priced && !is_currency_code(record.currency)) return bad("bad_currency", "currency: three capital letters (ISO 4217), as in EUR");
  if (!priced && !record.currency.empty() && !is_currency_code(record.currency))
    return bad("bad_currency", "currency: three capital letters (ISO 4217), as in EUR");
  if (record.rating && !(*record.rating >= 0 && *record.rating <= 5)) return bad("bad_rating", "rating: must be between 0 and 5");
  if (record.rating_count < 0) return bad("bad_rating", "rating_count: negative");
  if (record.stock.value_or(0) < 0) return bad("bad_stock", "stock: negative");
  return {};
}

Status validate_variants(const ProductRecord& record) {
  if (record.variants.size() > kPartsMax) return bad("too_many_variants", fmt::format("more than {} variants", kPartsMax));
  std::unordered_set<std::string_view> keys;
  for (const VariantRecord& variant : record.variants) {
    if (!is_clean_line(variant.key) || variant.key.empty()) return bad("bad_variant", "variant: its key must be one line of UTF-8 text");
    if (!keys.insert(variant.key).second) return bad("duplicate_variant", fmt::format("variant: '{}' stands twice", variant.key));
    if (variant.price_minor.value_or(0) < 0 || variant.stock.value_or(0) < 0)
      return bad("bad_variant", fmt::format("variant {}: negative price or stock", variant.key));
    if (auto ok = clean(variant.title, "variant title"); !ok) return ok;
    if (auto ok = clean_attributes(variant.attributes); !ok) return ok;
  }
  if (record.pictures.size() > kPartsMax) return bad("too_many_pictures", fmt::format("more than {} pictures", kPartsMax));
  for (const PictureRecord& picture : record.pictures) {
    if (picture.content_hash.empty() || !is_clean_line(picture.content_hash)) return bad("bad_picture", "picture: without a content hash");
    if (auto ok = clean(picture.source_ref, "picture"); !ok) return ok;
    if (!picture.variant_key.empty() && !keys.contains(picture.variant_key))
      return bad("bad_picture", fmt::format("picture: unknown variant '{}'", picture.variant_key));
  }
  return {};
}

// Lengths before texts, so that no two records write the same bytes.
class DigestWriter {
 public:
  void add(std::string_view text) { bytes_ += fmt::format("{}:{}", text.size(), text); }
  void add_number(int64_t number) { bytes_ += fmt::format("i{};", number); }
  void add_number(const std::optional<int64_t>& number) { number ? add_number(*number) : add("none"); }
  void add_real(const std::optional<double>& number) { number ? add(fmt::format("{}", *number)) : add("none"); }
  void add_attributes(const std::vector<Attribute>& attributes) {
    add_number(std::ssize(attributes));
    for (const Attribute& attribute : attributes) {
      add(attribute.name);
      add(attribute.value);
    }
  }
  std::string finish() const { return content_hash(as_byte_span(bytes_)); }

 private:
  std::string bytes_;
};

}  // namespace

bool is_clean_text(std::string_view text) {
  return all_characters(text, [](uint8_t first) { return first != 0; });
}

bool is_clean_line(std::string_view text) {
  return all_characters(text, [](uint8_t first) { return first >= 0x20 && first != 0x7F; });
}

Status validate(const ProductRecord& record) {
  for (const auto& rule : {validate_identity, validate_texts, validate_numbers, validate_variants}) {
    if (auto ok = rule(record); !ok) return ok;
  }
  if (auto ok = validate_category_path(record.category_path); !ok) return ok;
  for (const auto& path : record.other_category_paths) {
    if (path.empty()) return bad("bad_category", "category: an empty path");
    if (auto ok = validate_category_path(path); !ok) return ok;
  }
  return {};
}

std::string digest(const ProductRecord& record) {
  DigestWriter writer;
  writer.add(kDigestVersion);
  writer.add(record.external_id);
  // In one order: the database keeps none of languages and of the other categories.
  auto texts = record.texts;
  for (LocalizedText& text : texts) text.lang = normalized_lang(text.lang);
  std::ranges::sort(texts, {}, &LocalizedText::lang);
  auto other_paths = record.other_category_paths;
  std::ranges::sort(other_paths);
  writer.add_number(std::ssize(texts));
  for (const LocalizedText& text : texts) {
    writer.add(text.lang);
    writer.add(text.title);
    writer.add(text.description);
  }
  for (const std::string* field : {&record.brand, &record.currency, &record.url}) writer.add(*field);
  for (const auto& number : {record.price_minor, record.stock}) writer.add_number(number);
  writer.add_real(record.rating);
  writer.add_number(record.rating_count);
  writer.add_number(std::ssize(record.category_path));
  for (const std::string& name : record.category_path) writer.add(name);
  writer.add_number(std::ssize(other_paths));
  for (const auto& path : other_paths) {
    writer.add_number(std::ssize(path));
    for (const std::string& name : path) writer.add(name);
  }
  writer.add_number(std::ssize(record.variants));
  for (const VariantRecord& variant : record.variants) {
    writer.add(variant.key);
    writer.add(variant.title);
    writer.add_number(variant.price_minor ? variant.price_minor : record.price_minor);
    writer.add_number(variant.stock);
    writer.add_attributes(variant.attributes);
  }
  writer.add_number(std::ssize(record.pictures));
  for (const PictureRecord& picture : record.pictures) {
    writer.add(picture.content_hash);
    writer.add(picture.variant_key);
  }
  writer.add_attributes(record.attributes);
  for (const RelationRecord& relation : record.relations) {  // none: the digest that products had before there were any
    writer.add(relation.kind);
    writer.add(relation.other_id);
  }
  return writer.finish();
}

}  // namespace nozama
