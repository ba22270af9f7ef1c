#include "feeds/json_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "feeds/csv_parser.h"
#include "feeds/rows_feed.h"

namespace nozama {
namespace {

namespace json = boost::json;

std::vector<std::string> category_steps(const json::array& list) {
  std::vector<std::string> path;
  for (const json::value& step : list) path.push_back(text_of(step));
  return path;
}

// Each is a list of steps, or text as `category` is. False = it is neither.
bool add_other_categories(const json::value& value, FieldRow& row) {
  if (!value.is_array()) return false;
  for (const json::value& path : value.get_array()) {
    row.category_paths.push_back(path.is_array() ? category_steps(path.get_array()) : parse_category_path(text_of(path)));
  }
  return true;
}

// [{"kind": "also_bought", "id": "lamp-7"}]; false = something else.
bool add_relations(const json::value& value, FieldRow& row) {
  if (!value.is_array()) return false;
  for (const json::value& item : value.get_array()) {
    const json::object* relation = item.if_object();
    const json::value* kind = relation != nullptr ? relation->if_contains("kind") : nullptr;
    const json::value* other = relation != nullptr ? relation->if_contains("id") : nullptr;
    if (kind == nullptr || other == nullptr) return false;
    row.relations.push_back({text_of(*kind), text_of(*other)});
  }
  return true;
}

// "pt_BR" → "pt-br", as columns such as title_pt-br name it.
std::string language_name(std::string_view key) {
  std::string name(key);
  for (char& c : name) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

// "a.webp", or {"picture": "a.webp", "variant": "oak"}.
Status add_picture(const json::value& value, const std::string& variant_key, FieldRow& row) {
  if (value.is_string()) {
    row.pictures.push_back({text_of(value), variant_key});
    return {};
  }
  const json::object* object = value.if_object();
  const json::value* picture = object != nullptr ? object->if_contains("picture") : nullptr;
  if (picture == nullptr || !picture->is_string()) {
    return fail(ErrorCode::kInvalidArgument, "bad_pictures", R"(pictures must be a list of "file" or {"picture": "file", "variant": "key"})");
  }
  const json::value* variant = object->if_contains("variant");
  row.pictures.push_back({text_of(*picture), variant != nullptr ? text_of(*variant) : variant_key});
  return {};
}

// `picture` and `pictures`: a file, files separated by "|", or a list.
Status add_pictures(const json::object& object, const std::string& variant_key, FieldRow& row) {
  for (const char* name : {"picture", "pictures"}) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) continue;
    if (const json::array* list = value->if_array()) {
      for (const json::value& item : *list) {
        const Status added = add_picture(item, variant_key, row);
        if (!added) return added;
      }
      continue;
    }
    std::string_view rest = value->is_string() ? std::string_view(value->get_string()) : std::string_view();
    while (!rest.empty()) {
      const size_t bar = std::min(rest.find('|'), rest.size());
      if (!trim(rest.substr(0, bar)).empty()) row.pictures.push_back({std::string(trim(rest.substr(0, bar))), variant_key});
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
  }
  return {};
}

// {"de": {"title": "Stuhl", "description": "…"}} and {"title": {"de": "Stuhl"}} both mean the column title_de.
void add_texts(std::string_view name, const json::object& object, FieldRow& row) {
  for (const auto& [key, value] : object) {
    const std::string lang = language_name(key);
    if (name != "texts") {
      row.fields.emplace_back(fmt::format("{}_{}", name, lang), text_of(value));
    } else if (value.is_object()) {
      for (const auto& [field, text] : value.get_object()) row.fields.emplace_back(fmt::format("{}_{}", std::string_view(field), lang), text_of(text));
    } else {
      row.fields.emplace_back(fmt::format("title_{}", lang), text_of(value));
    }
  }
}

// {"warranty": "2 years"}, or [{"name": "warranty", "value": "2 years"}] where a name stands several times; false = something else.
bool add_attributes(const json::value& attributes_value, std::vector<DraftAttribute>& attributes) {
  if (const json::object* object = attributes_value.if_object()) {
    for (const auto& [name, value] : *object) {
      if (!value.is_null()) attributes.push_back({std::string(name), text_of(value)});
    }
    return true;
  }
  std::vector<DraftAttribute> listed;
  if (!attributes_value.is_array()) return false;
  for (const json::value& item : attributes_value.get_array()) {
    const json::object* object = item.if_object();
    const json::value* name = object != nullptr ? object->if_contains("name") : nullptr;
    const json::value* value = object != nullptr ? object->if_contains("value") : nullptr;
    if (name == nullptr || value == nullptr) return false;
    listed.push_back({text_of(*name), text_of(*value)});
  }
  attributes.insert(attributes.end(), listed.begin(), listed.end());
  return true;
}

Result<FieldRow> product_row(const json::object& product, int64_t line, bool has_variants) {
  FieldRow row{.line = line};
  for (const auto& [key, value] : product) {
    const std::string_view name(key);
    if (name == "picture" || name == "pictures" || (name == "variants" && has_variants)) continue;
    if (name == "category" && value.is_array()) {
      row.category_paths.insert(row.category_paths.begin(), category_steps(value.get_array()));
    } else if ((name == "attributes" && add_attributes(value, row.attributes)) || (name == "other_categories" && add_other_categories(value, row)) ||
               (name == "relations" && add_relations(value, row))) {
      continue;
    } else if ((name == "texts" || name == "title" || name == "description") && value.is_object()) {
      add_texts(name, value.get_object(), row);
    } else {
      row.fields.emplace_back(name, text_of(value));
    }
  }
  const json::value* variant = product.if_contains("variant");
  const Status pictured = add_pictures(product, variant != nullptr && !has_variants ? text_of(*variant) : "", row);
  if (!pictured) return propagate(pictured);
  return row;
}

// Adds what the variant says to a row that holds what it shares with its product.
Status read_variant_object(const json::object& variant, FieldRow& row) {
  constexpr std::array kOwn = {"variant", "price", "currency", "stock"};
  const json::value* key = variant.if_contains("variant");
  if (key == nullptr || trim(text_of(*key)).empty())
    return fail(ErrorCode::kInvalidArgument, "bad_variants", R"(each of the variants needs a key: {"variant": "oak", …})");
  for (const auto& [name, value] : variant) {
    const std::string_view field(name);
    if (field == "picture" || field == "pictures" || value.is_null()) continue;
    if (std::find(kOwn.begin(), kOwn.end(), field) != kOwn.end()) {
      row.set(field, text_of(value));
    } else if (field == "title" && value.is_string()) {
      row.variant_title = text_of(value);
    } else if (field != "attributes" || !add_attributes(value, row.variant_attributes)) {
      row.variant_attributes.push_back({std::string(field), text_of(value)});
    }
  }
  return add_pictures(variant, std::string(trim(text_of(*key))), row);
}

}  // namespace

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "";
  if (value.is_double()) return fmt::format("{}", value.get_double());  // 9.5, not 9.5E0
  return json::serialize(value);
}

Result<json::object> parse_json_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return fail(ErrorCode::kInvalidArgument, "bad_json", "the line is not valid JSON: " + error.message());
  if (!value.is_object()) return fail(ErrorCode::kInvalidArgument, "bad_json", "the line is not one JSON object");
  return std::move(value.get_object());
}

Result<std::vector<FieldRow>> rows_of(const json::object& product, int64_t line) {
  const json::value* list = product.if_contains("variants");
  const json::array* variants = list != nullptr ? list->if_array() : nullptr;
  const bool has_variants = variants != nullptr && !variants->empty();
  auto first = product_row(product, line, has_variants || (list != nullptr && (list->is_null() || list->is_array())));
  if (!first) return propagate(first);
  if (!has_variants) return std::vector{std::move(*first)};
  if (variants->size() >= RowsFeed::kRowsPerProductMax) {
    return fail(ErrorCode::kInvalidArgument, "too_many_variants", fmt::format("the product has {} variants or more", RowsFeed::kRowsPerProductMax));
  }
  // The product's stock is the sum of its variants' where these have their own.
  const auto stocked = [](const json::value& variant) { return variant.is_object() && variant.get_object().contains("stock"); };
  if (std::any_of(variants->begin(), variants->end(), stocked)) std::erase_if(first->fields, [](const auto& field) { return field.first == "stock"; });
  FieldRow shared{.line = line, .kind = RowKind::kVariation};
  for (const char* name : {"id", "price", "currency"}) shared.fields.emplace_back(name, first->get(name));
  std::vector<FieldRow> rows{std::move(*first)};
  rows.front().kind = RowKind::kParent;
  for (const json::value& variant : *variants) {
    rows.push_back(shared);
    if (!variant.is_object()) return fail(ErrorCode::kInvalidArgument, "bad_variants", "variants must be a list of objects");
    const Status read = read_variant_object(variant.get_object(), rows.back());
    if (!read) return propagate(read);
  }
  return rows;
}

}  // namespace nozama
