#include "feeds/amazon_row.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"
#include "feeds/html_text.h"
#include "feeds/json_row.h"
#include "feeds/money_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr std::string_view kCurrency = "USD";
constexpr size_t kRelationsMax = 1000;  // of one kind; the data sets have up to a few hundred

struct RelationName {
  std::string_view theirs, kind;
};
constexpr std::array<RelationName, 6> kRelations = {{{"also_bought", "also_bought"},
                                                     {"also_buy", "also_bought"},
                                                     {"also_viewed", "also_viewed"},
                                                     {"also_view", "also_viewed"},
                                                     {"bought_together", "bought_together"},
                                                     {"buy_after_viewing", "viewed_then_bought"}}};

const json::value* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// A list's texts as lines; anything else as text_of().
std::string lines_of(const json::value& value) {
  const json::array* list = value.if_array();
  if (list == nullptr) return text_of(value);
  std::string text;
  for (const json::value& item : *list) {
    if (!item.is_null()) text += (text.empty() ? "" : "\n") + text_of(item);
  }
  return text;
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = member(object, name);
  return value == nullptr ? "" : lines_of(*value);
}

std::vector<std::string> path_of(const json::array& list) {
  std::vector<std::string> path;
  for (const json::value& step : list) path.push_back(html_to_text(text_of(step)));
  return path;
}

// 2014: a list of paths; 2018 and 2023: one path.
void add_categories(const json::object& product, FieldRow& row) {
  for (const char* name : {"categories", "category"}) {
    const json::value* value = member(product, name);
    if (value == nullptr) continue;
    const json::array* list = value->if_array();
    if (list == nullptr) {
      row.category_paths.push_back({text_of(*value)});
    } else if (!list->empty() && list->front().is_array()) {
      for (const json::value& path : *list) {
        if (path.is_array()) row.category_paths.push_back(path_of(path.get_array()));
      }
    } else {
      row.category_paths.push_back(path_of(*list));
    }
  }
  const bool placed = std::any_of(row.category_paths.begin(), row.category_paths.end(), [](const auto& path) { return !path.empty(); });
  for (const char* name : {"main_cat", "main_category"}) {
    const std::string text = html_to_text(text_member(product, name));
    if (text.empty() || text.starts_with('<')) continue;
    if (!placed) row.category_paths.push_back({text});
    row.attributes.push_back({"main_category", text});
  }
}

void add_relations(const json::object& object, FieldRow& row) {
  for (const auto& [theirs, kind] : kRelations) {
    const json::value* value = member(object, theirs);
    const json::array* list = value != nullptr ? value->if_array() : nullptr;
    if (list == nullptr) continue;
    size_t count = 0;
    for (const json::value& other : *list) {
      if (!other.is_string() || trim(other.get_string()).empty() || ++count > kRelationsMax) continue;
      row.relations.push_back({std::string(kind), std::string(trim(other.get_string()))});
    }
  }
}

void add_rank(std::string_view rank, std::string_view category, FieldRow& row) {
  std::string digits;
  for (const char c : rank) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.empty() || digits.size() > 15) return;
  row.attributes.push_back({"sales_rank", digits});
  if (!trim(category).empty()) row.attributes.push_back({"sales_rank_category", html_to_text(trim(category))});
}

// {"Toys & Games": 211836}; "1,234 in Clothing (See top 100)"; [">#1,234 in Toys (…", …].
void add_ranks(const json::value& value, FieldRow& row) {
  if (const json::object* by_category = value.if_object()) {
    for (const auto& [category, rank] : *by_category) add_rank(text_of(rank), category, row);
  } else if (const json::array* list = value.if_array()) {
    for (const json::value& rank : *list) {
      if (rank.is_string()) add_ranks(rank, row);
    }
  } else {
    const std::string text = text_of(value);
    const size_t in = text.find(" in ");
    const std::string_view category = in == std::string::npos ? std::string_view() : std::string_view(text).substr(in + 4);
    add_rank(std::string_view(text).substr(0, in), category.substr(0, category.find(" (")), row);
  }
}

// The largest of the pictures' sizes. 2023 has a list of objects, or an object of lists.
void add_pictures(const json::object& product, FieldRow& row) {
  const auto add = [&](const json::value* value) {
    const json::array* list = value != nullptr ? value->if_array() : nullptr;
    if (value != nullptr && value->is_string() && !value->get_string().empty()) row.pictures.push_back({text_of(*value), ""});
    if (list == nullptr) return;
    for (const json::value& item : *list) {
      if (item.is_string() && !item.get_string().empty()) row.pictures.push_back({text_of(item), ""});
    }
  };
  for (const char* name : {"imageURLHighRes", "imageURL", "image", "imUrl"}) {
    if (row.pictures.empty()) add(member(product, name));
  }
  const json::value* images = member(product, "images");
  if (images == nullptr) return;
  if (const json::object* columns = images->if_object()) {
    for (const char* size : {"hi_res", "large", "thumb"}) {
      if (row.pictures.empty()) add(member(*columns, size));
    }
  } else if (const json::array* list = images->if_array()) {
    for (const json::value& image : *list) {
      if (image.is_string()) row.pictures.push_back({text_of(image), ""});
      if (!image.is_object()) continue;
      for (const char* size : {"hi_res", "large", "thumb"}) {
        const json::value* url = member(image.get_object(), size);
        if (url == nullptr || !url->is_string()) continue;
        row.pictures.push_back({text_of(*url), ""});
        break;
      }
    }
  }
}

// 2023 has `details` as an object, or as its JSON.
json::object details_of(const json::object& product) {
  const json::value* details = member(product, "details");
  if (details == nullptr) return {};
  if (details->is_object()) return details->get_object();
  if (!details->is_string()) return {};
  auto parsed = parse_json_object(details->get_string());
  return parsed ? std::move(*parsed) : json::object();
}

void add_details(const json::object& details, FieldRow& row) {
  for (const auto& [key, value] : details) {
    const std::string_view name(key);
    if (name == "Best Sellers Rank" || name.find("Sellers Rank") != std::string_view::npos) {
      add_ranks(value, row);
    } else if (const std::string text = html_to_text(lines_of(value)); !trim(text).empty()) {
      std::string plain(trim(html_to_text(name)));
      if (plain.ends_with(':')) plain.pop_back();
      row.attributes.push_back({std::move(plain), text});
    }
  }
}

void add_rest(const json::object& product, FieldRow& row) {
  constexpr std::array<std::string_view, 32> kRead = {
      "asin",          "parent_asin", "title",           "description",  "price",          "brand",         "store",           "imUrl",
      "image",         "imageURL",    "imageURLHighRes", "images",       "videos",         "categories",    "category",        "main_cat",
      "main_category", "related",     "also_buy",        "also_view",    "also_bought",    "also_viewed",   "bought_together", "buy_after_viewing",
      "salesRank",     "rank",        "details",         "similar_item", "average_rating", "rating_number", "features",        "feature"};
  for (const auto& [key, value] : product) {
    if (value.is_null() || std::find(kRead.begin(), kRead.end(), std::string_view(key)) != kRead.end()) continue;
    const std::string text = html_to_text(lines_of(value));
    if (!trim(text).empty() && text != "[]" && text != "{}") row.attributes.push_back({std::string(key), text});
  }
  for (const char* name : {"feature", "features"}) {
    const std::string text = html_to_text(text_member(product, name));
    if (!text.empty()) row.attributes.push_back({"features", text});
  }
}

}  // namespace

std::string amazon_price(std::string_view text) {
  text = trim(text);
  if (text.starts_with("from ")) text = trim(text.substr(5));
  if (const size_t range = text.find(" - "); range != std::string_view::npos && read_money(text.substr(0, range))) text = trim(text.substr(0, range));
  constexpr size_t kPriceBytesMax = 40;
  const bool digits = std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool plausible = digits && text.size() <= kPriceBytesMax && text.find_first_of("{}<>;:") == std::string_view::npos;
  return plausible ? std::string(text) : "";
}

FieldRow amazon_row(const json::object& product, int64_t line) {
  FieldRow row{.line = line};
  const std::string parent = text_member(product, "parent_asin"), title = text_member(product, "title");
  const std::string id = parent.empty() ? text_member(product, "asin") : parent;
  row.set("id", id);
  row.set("title", trim(title).empty() ? id : title);
  row.set("description", text_member(product, "description"));
  row.set("brand", html_to_text(text_member(product, product.contains("store") ? "store" : "brand")));
  set_price(row, amazon_price(text_member(product, "price")), kCurrency);
  row.set("rating", text_member(product, "average_rating"));
  row.set("rating_count", text_member(product, "rating_number"));
  add_categories(product, row);
  add_pictures(product, row);
  add_relations(product, row);
  if (const json::value* related = member(product, "related"); related != nullptr && related->is_object()) add_relations(related->get_object(), row);
  for (const char* name : {"salesRank", "rank"}) {
    if (const json::value* rank = member(product, name)) add_ranks(*rank, row);
  }
  if (!parent.empty() && !text_member(product, "asin").empty()) row.attributes.push_back({"asin", text_member(product, "asin")});
  add_details(details_of(product), row);
  add_rest(product, row);
  return row;
}

}  // namespace nozama
