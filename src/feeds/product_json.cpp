#include "feeds/product_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <unordered_set>

#include "feeds/html_text.h"
#include "feeds/json_row.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 18> kNames = {"id",         "title",    "description",      "texts",    "brand",    "price",   "currency",
                                                     "stock",      "rating",   "rating_count",     "url",      "category", "picture", "pictures",
                                                     "attributes", "variants", "other_categories", "relations"};
constexpr std::array<std::string_view, 8> kVariantNames = {"variant", "title", "price", "currency", "stock", "picture", "pictures", "attributes"};

template <class Names>
bool is_named(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::unexpected<Error> unknown(std::string_view name, int64_t line) {
  return fail(ErrorCode::kInvalidArgument, "unknown_parameter",
              fmt::format("line {}: there is no field '{}'; what the shop's products have beside docs/feeds/jsonl.md goes into 'attributes'", line,
                          name.substr(0, 60)));
}

Status check_names(const json::object& product, int64_t line) {
  for (const auto& [key, value] : product) {
    const std::string_view name(key);
    const bool text = name.starts_with("title_") || name.starts_with("description_");
    if (!text && !is_named(kNames, name)) return unknown(name, line);
  }
  const json::value* variants = product.if_contains("variants");
  if (variants == nullptr || !variants->is_array()) return {};
  for (const json::value& variant : variants->get_array()) {
    if (!variant.is_object()) continue;
    for (const auto& [key, value] : variant.get_object()) {
      if (!is_named(kVariantNames, std::string_view(key))) return unknown(std::string_view(key), line);
    }
  }
  return {};
}

// As html_to_text() reads it back. What has once been HTML is tidy, so nothing but its characters needs care.
std::string as_written(const std::string& text) {
  if (html_to_text(text) == text) return text;
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

json::value attributes_json(const std::vector<DraftAttribute>& attributes) {
  std::unordered_set<std::string_view> names;
  json::object object;
  json::array list;
  for (const DraftAttribute& attribute : attributes) {
    names.insert(attribute.name);
    object[attribute.name] = attribute.value;
    list.push_back({{"name", attribute.name}, {"value", attribute.value}});
  }
  if (names.size() == attributes.size()) return object;
  return list;  // an object has each name once
}

json::value pictures_json(const std::vector<DraftPicture>& pictures) {
  json::array list;
  for (const DraftPicture& picture : pictures) {
    if (picture.variant_key.empty()) {
      list.push_back(json::value(picture.reference));
    } else {
      list.push_back({{"picture", picture.reference}, {"variant", picture.variant_key}});
    }
  }
  return list;
}

json::value variants_json(const std::vector<DraftVariant>& variants) {
  json::array list;
  for (const DraftVariant& variant : variants) {
    json::object entry{{"variant", variant.key}};
    if (!variant.title.empty()) entry["title"] = variant.title;
    if (variant.price) entry["price"] = *variant.price;
    if (variant.stock) entry["stock"] = *variant.stock;
    if (!variant.attributes.empty()) entry["attributes"] = attributes_json(variant.attributes);
    list.push_back(std::move(entry));
  }
  return list;
}

json::array path_json(const std::vector<std::string>& path) { return json::array(path.begin(), path.end()); }

void add_texts(const ProductDraft& draft, json::object& object) {
  json::object texts;
  for (const DraftText& text : draft.texts) {
    json::object entry{{"title", as_written(text.title)}};
    if (!text.description.empty()) entry["description"] = as_written(text.description);
    if (text.lang.empty()) {
      for (auto& [name, value] : entry) object[name] = value;
    } else {
      texts[text.lang] = std::move(entry);
    }
  }
  if (!texts.empty()) object["texts"] = std::move(texts);
}

}  // namespace

Result<ProductDraft> read_product_json(std::string_view text, int64_t line) {
  const auto at_line = [&](const Error& error) { return fail(error.code, error.reason, fmt::format("line {}: {}", line, error.message)); };
  const auto object = parse_json_object(text);
  if (!object) return at_line(object.error());
  if (const Status named = check_names(*object, line); !named) return propagate(named);
  const auto rows = rows_of(*object, line);
  if (!rows) return at_line(rows.error());
  std::vector<RowError> errors;
  DraftBuilder builder("line");
  auto draft = builder.build(*rows, errors);
  if (!errors.empty()) return std::unexpected(errors.front().error);
  if (!draft) return at_line({ErrorCode::kInvalidArgument, "bad_json", "there is no product"});
  return std::move(*draft);
}

std::string draft_json(const ProductDraft& draft) {
  json::object object{{"id", draft.external_id}};
  add_texts(draft, object);
  const auto add = [&object](std::string_view name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  };
  add("brand", draft.brand);
  add("price", draft.price.value_or(""));
  add("currency", draft.currency);
  // Of variants with their own, the product's is the sum.
  const bool stocked = std::ranges::any_of(draft.variants, [](const DraftVariant& variant) { return variant.stock.has_value(); });
  if (draft.stock && !stocked) object["stock"] = *draft.stock;
  if (draft.rating) object["rating"] = *draft.rating;
  if (draft.rating_count > 0) object["rating_count"] = draft.rating_count;
  add("url", draft.url);
  if (!draft.category_path.empty()) object["category"] = path_json(draft.category_path);
  json::array others, relations;
  for (const auto& path : draft.other_category_paths) others.push_back(path_json(path));
  for (const DraftRelation& relation : draft.relations) relations.push_back({{"kind", relation.kind}, {"id", relation.other_id}});
  if (!others.empty()) object["other_categories"] = std::move(others);
  if (!draft.attributes.empty()) object["attributes"] = attributes_json(draft.attributes);
  if (!draft.variants.empty()) object["variants"] = variants_json(draft.variants);
  if (!draft.pictures.empty()) object["pictures"] = pictures_json(draft.pictures);
  if (!relations.empty()) object["relations"] = std::move(relations);
  return json::serialize(object);
}

namespace {

void merge(json::object& object, const json::object& patch) {
  for (const auto& [name, value] : patch) {
    if (value.is_null()) {
      object.erase(name);
    } else if (value.is_object()) {
      json::value& member = object[name];
      if (!member.is_object()) member = json::object();
      merge(member.get_object(), value.get_object());
    } else {
      object[name] = value;
    }
  }
}

}  // namespace

Result<std::string> merge_product_json(std::string_view text, std::string_view patch) {
  auto object = parse_json_object(text);
  if (!object) return propagate(object);
  const auto changes = parse_json_object(patch);
  if (!changes) return propagate(changes);
  merge(*object, *changes);
  return json::serialize(*object);
}

bool has_json_member(std::string_view text, std::string_view name) {
  const auto object = parse_json_object(text);
  return object && object->contains(name);
}

}  // namespace nozama
