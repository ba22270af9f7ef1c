#include "feeds/draft_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/file.h"
#include "base/hash.h"

namespace nozama {
namespace {

constexpr std::array kVariantAttributes = {"colour", "color", "material", "size"};
constexpr std::array kFields = {"id",     "variant", "brand",  "price",        "currency", "stock",   "rating",
                                "rating_count", "url",     "category", "picture", "pictures", "title", "description"};

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "title_de" → "de"; "title" → ""; nullopt for another field.
std::optional<std::string> language_of(std::string_view name, std::string_view field) {
  if (name == field) return std::string();
  if (!name.starts_with(field) || name.size() <= field.size() + 2 || name[field.size()] != '_') return std::nullopt;
  const std::string_view lang = name.substr(field.size() + 1);
  const bool plausible = lang.size() <= 8 && std::all_of(lang.begin(), lang.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  return plausible ? std::optional<std::string>(lang) : std::nullopt;
}

DraftText& text_of(ProductDraft& draft, const std::string& lang) {
  for (DraftText& text : draft.texts) {
    if (text.lang == lang) return text;
  }
  return draft.texts.emplace_back(DraftText{lang, "", ""});
}

bool is_variant_attribute(std::string_view name) {
  return std::find(kVariantAttributes.begin(), kVariantAttributes.end(), name) != kVariantAttributes.end();
}

bool is_field(std::string_view name) {
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end() || language_of(name, "title") || language_of(name, "description");
}

void read_texts_and_attributes(const FieldRow& row, bool has_variants, ProductDraft& draft) {
  for (const auto& [name, value] : row.fields) {
    if (value.empty()) continue;
    if (const auto title_lang = language_of(name, "title")) {
      text_of(draft, *title_lang).title = value;
    } else if (const auto description_lang = language_of(name, "description")) {
      text_of(draft, *description_lang).description = value;
    } else if (!is_field(name) && !(has_variants && is_variant_attribute(name))) {
      draft.attributes.push_back({name, value});
    }
  }
  std::erase_if(draft.texts, [](const DraftText& text) { return text.title.empty(); });
}

void read_pictures(const FieldRow& row, ProductDraft& draft) {
  const std::string variant(row.get("variant"));
  const auto add = [&](std::string_view reference) {
    reference = trim(reference);
    if (!reference.empty()) draft.pictures.push_back({std::string(reference), variant});
  };
  add(row.get("picture"));
  std::string_view rest = row.get("pictures");
  while (!rest.empty()) {
    const size_t bar = std::min(rest.find('|'), rest.size());
    add(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::string_view FieldRow::get(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return trim(value);
  }
  return {};
}

std::optional<std::string> parse_price(std::string_view text) {
  text = trim(text);
  if (!text.empty() && text.front() == '$') text.remove_prefix(1);
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    // A comma is a thousands separator only where three digits follow it.
    const bool thousands = text[i] == ',' && !plain.empty() && plain.find('.') == std::string::npos && i + 3 < text.size() + 0 &&
                           (i + 4 == text.size() || text[i + 4] == ',' || text[i + 4] == '.');
    if (thousands) continue;
    plain += text[i];
  }
  const size_t digits = static_cast<size_t>(std::count_if(plain.begin(), plain.end(), [](char c) { return c >= '0' && c <= '9'; }));
  const auto points = static_cast<size_t>(std::count(plain.begin(), plain.end(), '.'));
  if (digits == 0 || points > 1 || digits + points != plain.size() || digits > 15) return std::nullopt;
  return plain;
}

std::vector<std::string> parse_category_path(std::string_view text) {
  std::vector<std::string> path;
  while (!text.empty()) {
    const size_t arrow = std::min(text.find(" > "), text.size());
    const std::string_view part = trim(text.substr(0, arrow));
    if (!part.empty()) path.emplace_back(part);
    text.remove_prefix(std::min(arrow + 3, text.size()));
  }
  return path;
}

RowError DraftBuilder::row_error(int64_t line, std::string_view reason, std::string_view message) const {
  return {line, Error{ErrorCode::kInvalidArgument, std::string(reason), fmt::format("{}:{}: {}", file_, line, message)}};
}

Status DraftBuilder::bad_value(const FieldRow& row, std::string_view field, std::string_view reason, std::string_view expected) const {
  return fail(ErrorCode::kInvalidArgument, reason, fmt::format("{}:{}: {} is '{}', but must be {}", file_, row.line, field, row.get(field).substr(0, 60), expected));
}

Status DraftBuilder::read_product(const FieldRow& row, ProductDraft& draft) const {
  draft.line = row.line;
  draft.external_id = row.get("id");
  draft.brand = row.get("brand");
  draft.url = row.get("url");
  draft.currency = row.get("currency");
  draft.category_path = parse_category_path(row.get("category"));
  if (!row.get("price").empty()) {
    draft.price = parse_price(row.get("price"));
    if (!draft.price) return bad_value(row, "price", "bad_price", "a decimal of 0 or more, such as 12.50");
    if (!is_currency(draft.currency)) return bad_value(row, "currency", "bad_currency", "three capital letters (ISO 4217), such as EUR");
  }
  if (!row.get("rating").empty()) {
    draft.rating = parse_number<double>(row.get("rating"));
    if (!draft.rating || !(*draft.rating >= 0 && *draft.rating <= 5)) return bad_value(row, "rating", "bad_rating", "a number from 0 to 5");
  }
  if (!row.get("rating_count").empty()) {
    const auto count = parse_number<int64_t>(row.get("rating_count"));
    if (!count || *count < 0) return bad_value(row, "rating_count", "bad_number", "a whole number of 0 or more");
    draft.rating_count = *count;
  }
  read_texts_and_attributes(row, !row.get("variant").empty(), draft);
  if (draft.texts.empty()) return fail(ErrorCode::kInvalidArgument, "missing_value", fmt::format("{}:{}: the product has no title", file_, row.line));
  return {};
}

Status DraftBuilder::read_variant(const FieldRow& row, ProductDraft& draft) const {
  std::optional<int64_t> stock;
  if (!row.get("stock").empty()) {
    stock = parse_number<int64_t>(row.get("stock"));
    if (!stock || *stock < 0) return bad_value(row, "stock", "bad_stock", "a whole number of 0 or more");
    draft.stock = draft.stock.value_or(0) + *stock;
  }
  const std::string key(row.get("variant"));
  if (!key.empty()) {
    const bool repeated = std::any_of(draft.variants.begin(), draft.variants.end(), [&](const DraftVariant& v) { return v.key == key; });
    if (repeated) return fail(ErrorCode::kInvalidArgument, "duplicate_variant", fmt::format("{}:{}: the product already has a variant '{}'", file_, row.line, key));
    DraftVariant variant{key, "", std::nullopt, stock, {}};
    if (!row.get("price").empty()) {
      variant.price = parse_price(row.get("price"));
      if (!variant.price) return bad_value(row, "price", "bad_price", "a decimal of 0 or more, such as 12.50");
    }
    for (const char* name : kVariantAttributes) {
      if (!row.get(name).empty()) variant.attributes.push_back({name, std::string(row.get(name))});
    }
    draft.variants.push_back(std::move(variant));
  }
  read_pictures(row, draft);
  return {};
}

std::optional<ProductDraft> DraftBuilder::build(const std::vector<FieldRow>& rows, std::vector<RowError>& errors) {
  const std::string id(rows.front().get("id"));
  if (id.empty()) {
    for (const FieldRow& row : rows) errors.push_back(row_error(row.line, "missing_value", "the id is empty"));
    return std::nullopt;
  }
  const auto [first, fresh] = line_of_id_.try_emplace(checksum64(as_byte_span(id)), rows.front().line);
  if (!fresh) {
    errors.push_back(row_error(rows.front().line, "duplicate_id",
                               fmt::format("the id '{}' already stood on line {}; rows of one product must follow each other", id, first->second)));
    return std::nullopt;
  }
  std::optional<ProductDraft> draft;
  for (const FieldRow& row : rows) {
    ProductDraft attempt = draft.value_or(ProductDraft{});
    Status read = draft ? Status{} : read_product(row, attempt);
    if (read) read = read_variant(row, attempt);
    if (read) {
      draft = std::move(attempt);
    } else {
      errors.push_back({row.line, read.error()});
    }
  }
  return draft;
}

}  // namespace nozama
