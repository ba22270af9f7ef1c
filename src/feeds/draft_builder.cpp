#include "feeds/draft_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/number.h"
#include "feeds/csv_parser.h"
#include "feeds/html_text.h"

namespace nozama {
namespace {

constexpr std::array kVariantAttributes = {"colour", "color", "material", "size"};
constexpr std::array kFields = {"id",           "variant", "brand",    "price",   "currency", "stock", "rating",
                                "rating_count", "url",     "category", "picture", "pictures", "title", "description"};

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

bool is_variant_attribute(std::string_view name) { return std::find(kVariantAttributes.begin(), kVariantAttributes.end(), name) != kVariantAttributes.end(); }

bool is_field(std::string_view name) {
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end() || language_of(name, "title") || language_of(name, "description");
}

void read_texts_and_attributes(const FieldRow& row, bool has_variants, ProductDraft& draft) {
  for (const auto& [name, value] : row.fields) {
    if (trim(value).empty()) continue;
    if (const auto title_lang = language_of(name, "title")) {
      text_of(draft, *title_lang).title = html_to_text(value);
    } else if (const auto description_lang = language_of(name, "description")) {
      text_of(draft, *description_lang).description = html_to_text(value);
    } else if (!is_field(name) && !(has_variants && is_variant_attribute(name))) {
      draft.attributes.push_back({name, value});
    }
  }
  draft.attributes.insert(draft.attributes.end(), row.attributes.begin(), row.attributes.end());
  // A description without a title in its language: `description` beside `title_en`, say.
  const auto titled = std::find_if(draft.texts.begin(), draft.texts.end(), [](const DraftText& text) { return !text.title.empty(); });
  for (const DraftText& text : draft.texts) {
    if (!text.title.empty() || titled == draft.texts.end()) continue;
    if (text.lang.empty() && titled->description.empty()) {
      titled->description = text.description;
    } else {
      draft.attributes.push_back({text.lang.empty() ? "description" : "description_" + text.lang, text.description});
    }
  }
  std::erase_if(draft.texts, [](const DraftText& text) { return text.title.empty(); });
}

// What makes the variant differ: its colour, material and size, and every field that says something else than the
// product's row.
void read_variant_parts(const FieldRow& row, const FieldRow& product, DraftVariant& variant) {
  constexpr std::array kNotShared = {"id", "variant", "price", "currency", "stock", "picture", "pictures"};
  for (const auto& [name, value] : row.fields) {
    if (trim(value).empty() || std::find(kNotShared.begin(), kNotShared.end(), name) != kNotShared.end()) continue;
    const bool differs = trim(value) != product.get(name);
    if (name == "title") {
      if (differs) variant.title = trim(value);
    } else if (differs || is_variant_attribute(name)) {
      variant.attributes.push_back({name, value});
    }
  }
  if (!row.variant_title.empty()) variant.title = row.variant_title;
  variant.attributes.insert(variant.attributes.end(), row.variant_attributes.begin(), row.variant_attributes.end());
}

// A picture of the product that a variant names too is that variant's.
void add_picture(const DraftPicture& picture, ProductDraft& draft) {
  for (DraftPicture& known : draft.pictures) {
    if (known.reference != picture.reference || (known.variant_key != picture.variant_key && !known.variant_key.empty() && !picture.variant_key.empty()))
      continue;
    if (known.variant_key.empty()) known.variant_key = picture.variant_key;
    return;
  }
  draft.pictures.push_back(picture);
}

// Without the steps that lead back to a category above: "A > B > A" is "A > B".
std::vector<std::string> without_cycles(const std::vector<std::string>& path) {
  std::vector<std::string> steps;
  for (const std::string& step : path) {
    if (!trim(step).empty() && std::find(steps.begin(), steps.end(), trim(step)) == steps.end()) steps.emplace_back(trim(step));
  }
  return steps;
}

void read_categories(const FieldRow& row, ProductDraft& draft) {
  draft.category_path = without_cycles(parse_category_path(row.get("category")));
  for (const auto& path : row.category_paths) {
    std::vector<std::string> steps = without_cycles(path);
    if (steps.empty()) continue;
    if (draft.category_path.empty()) {
      draft.category_path = std::move(steps);
    } else if (steps != draft.category_path &&
               std::find(draft.other_category_paths.begin(), draft.other_category_paths.end(), steps) == draft.other_category_paths.end()) {
      draft.other_category_paths.push_back(std::move(steps));
    }
  }
}

void read_pictures(const FieldRow& row, ProductDraft& draft) {
  const std::string variant(row.get("variant"));
  const auto add = [&](std::string_view reference) {
    reference = trim(reference);
    if (!reference.empty()) add_picture({std::string(reference), variant}, draft);
  };
  add(row.get("picture"));
  std::string_view rest = row.get("pictures");
  while (!rest.empty()) {
    const size_t bar = std::min(rest.find('|'), rest.size());
    add(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  for (const DraftPicture& picture : row.pictures) add_picture(picture, draft);
}

// "1,234" → "1234", also without commas; nullopt for other characters and groups. Leading zeros go.
std::optional<std::string> whole_digits(std::string_view text) {
  const bool grouped = text.find(',') != std::string_view::npos;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool comma_expected = grouped && (text.size() - i) % 4 == 0;
    if (comma_expected && i > 0 && text[i] == ',') continue;
    if (comma_expected || text[i] < '0' || text[i] > '9') return std::nullopt;
    digits += text[i];
  }
  const size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
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

void FieldRow::set(std::string_view name, std::string value) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  fields.emplace_back(name, std::move(value));
}

std::optional<std::string> parse_price(std::string_view text) {
  constexpr size_t kWholeDigitsMax = 12, kFractionDigitsMax = 20;
  text = trim(text);
  if (text.starts_with('$')) text = trim(text.substr(1));
  const size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (point == 0 && fraction.empty()) return std::nullopt;
  const auto whole = whole_digits(text.substr(0, point));
  const bool decimal = std::all_of(fraction.begin(), fraction.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!whole || !decimal || whole->size() > kWholeDigitsMax || fraction.size() > kFractionDigitsMax) return std::nullopt;
  return fraction.empty() ? *whole : fmt::format("{}.{}", *whole, fraction);
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
  return fail(ErrorCode::kInvalidArgument, reason,
              fmt::format("{}:{}: {} is '{}', but must be {}", file_, row.line, field, row.get(field).substr(0, 60), expected));
}

Status DraftBuilder::read_product(const FieldRow& row, ProductDraft& draft) const {
  draft.line = row.line;
  draft.external_id = row.get("id");
  draft.brand = row.get("brand");
  draft.url = row.get("url");
  read_categories(row, draft);
  draft.relations = row.relations;
  const Status priced = read_price(row, draft, draft.price);
  if (!priced) return priced;
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

Status DraftBuilder::read_price(const FieldRow& row, ProductDraft& draft, std::optional<std::string>& price) const {
  const std::string_view currency = row.get("currency");
  if (!currency.empty() && !is_currency(currency)) return bad_value(row, "currency", "bad_currency", "three capital letters (ISO 4217), such as EUR");
  if (!currency.empty() && !draft.currency.empty() && currency != draft.currency) {
    return bad_value(row, "currency", "bad_currency", draft.currency + " as on the product's first row");
  }
  if (!currency.empty()) draft.currency = currency;
  if (row.get("price").empty()) return {};
  price = parse_price(row.get("price"));
  if (!price) return bad_value(row, "price", "bad_price", "a decimal of 0 or more, such as 12.50");
  if (draft.currency.empty()) return bad_value(row, "currency", "bad_currency", "three capital letters (ISO 4217), such as EUR");
  return {};
}

Status DraftBuilder::read_variant(const FieldRow& row, const FieldRow& product, ProductDraft& draft) const {
  const bool first = &row == &product;
  const std::string key(row.get("variant"));
  if (!first && key.empty()) {
    return fail(
        ErrorCode::kInvalidArgument, "duplicate_id",
        fmt::format("{}:{}: the id '{}' already stood on line {}; rows of one product need a variant each", file_, row.line, draft.external_id, draft.line));
  }
  if (!first && draft.variants.empty() && product.kind != RowKind::kParent) {
    return fail(ErrorCode::kInvalidArgument, "missing_variant",
                fmt::format("{}:{}: the product's first row, line {}, has no variant, so '{}' cannot be another one", file_, row.line, draft.line, key));
  }
  const bool repeated = std::any_of(draft.variants.begin(), draft.variants.end(), [&](const DraftVariant& v) { return v.key == key; });
  if (repeated)
    return fail(ErrorCode::kInvalidArgument, "duplicate_variant", fmt::format("{}:{}: the product already has a variant '{}'", file_, row.line, key));
  std::optional<int64_t> stock;
  if (!row.get("stock").empty()) {
    constexpr int64_t kStockMax = 1'000'000'000'000;
    stock = parse_number<int64_t>(row.get("stock"));
    if (!stock || *stock < 0 || *stock > kStockMax) return bad_value(row, "stock", "bad_stock", "a whole number of 0 or more");
    draft.stock = draft.stock.value_or(0) + *stock;
  }
  if (!key.empty() && row.kind != RowKind::kParent) {
    DraftVariant variant{key, "", std::nullopt, stock, {}};
    const Status priced = read_price(row, draft, variant.price);
    if (!priced) return priced;
    read_variant_parts(row, product, variant);
    if (product.kind == RowKind::kParent && !draft.price) draft.price = variant.price;
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
  if (const auto before = seen_.add(id, rows.front().line)) {
    errors.push_back(row_error(rows.front().line, "duplicate_id",
                               fmt::format("the id '{}' already stood on line {}; rows of one product must follow each other", id, *before)));
    return std::nullopt;
  }
  std::optional<ProductDraft> draft;
  const FieldRow* product = nullptr;
  for (const FieldRow& row : rows) {
    const Status added = add(row, draft, product);
    if (!added) errors.push_back({row.line, added.error()});
  }
  return draft;
}

Status DraftBuilder::add(const FieldRow& row, std::optional<ProductDraft>& draft, const FieldRow*& product) const {
  if (draft && row.kind == RowKind::kPictures) {
    read_pictures(row, *draft);
    return {};
  }
  if (!draft && row.kind == RowKind::kVariation) {
    return fail(ErrorCode::kInvalidArgument, "missing_parent",
                fmt::format("{}:{}: the product '{}', which '{}' is a variant of, is not in the feed", file_, row.line, row.get("id"), row.get("variant")));
  }
  ProductDraft attempt = draft.value_or(ProductDraft{});
  const FieldRow& shared = product != nullptr ? *product : row;
  Status read = draft ? Status{} : read_product(row, attempt);
  if (read) read = read_variant(row, shared, attempt);
  if (!read) return read;
  draft = std::move(attempt);
  product = &shared;
  return {};
}

}  // namespace nozama
