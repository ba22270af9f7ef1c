#include "feeds/schema_org_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/number.h"
#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"
#include "feeds/json_row.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr int kDepthMax = 16;
constexpr size_t kProductsMax = 100'000;  // in one document

const json::value* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// "Product", "https://schema.org/Product" or a list with one of them.
bool is_type(const json::object& object, std::string_view type) {
  const json::value* value = member(object, "@type");
  if (value == nullptr) return false;
  const auto names = [&](const json::value& name) {
    if (!name.is_string()) return false;
    const std::string_view text(name.get_string());
    return text.substr(text.find_last_of("/:#") + 1) == type;
  };
  const json::array* list = value->if_array();
  return list != nullptr ? std::any_of(list->begin(), list->end(), names) : names(*value);
}

// A text, the first of a list, or an object's name.
std::string simple_text(const json::value* value) {
  if (value == nullptr) return "";
  if (const json::array* list = value->if_array()) return list->empty() ? "" : simple_text(&list->front());
  const json::object* object = value->if_object();
  if (object == nullptr) return text_of(*value);
  for (const char* name : {"name", "@value", "value", "@id", "url"}) {
    if (const json::value* text = member(*object, name); text != nullptr && !text->is_object() && !text->is_array()) return text_of(*text);
  }
  return "";
}

std::string text_member(const json::object& object, std::string_view name) { return simple_text(member(object, name)); }

std::string id_of(const json::object& product) {
  for (const char* name : {"sku", "productID", "productGroupID", "gtin", "gtin14", "gtin13", "gtin12", "gtin8", "mpn", "@id", "url"}) {
    if (std::string id = text_member(product, name); !trim(id).empty()) return id;
  }
  return "";
}

// Calls with each element of a list, or with the value itself.
template <class Use>
void each(const json::value* value, const Use& use) {
  if (value == nullptr) return;
  if (const json::array* list = value->if_array()) {
    for (const json::value& item : *list) use(item);
  } else {
    use(*value);
  }
}

void add_pictures(const json::object& product, const std::string& variant, FieldRow& row) {
  each(member(product, "image"), [&](const json::value& image) {
    std::string url;
    if (const json::object* object = image.if_object()) {
      for (const char* name : {"contentUrl", "url", "@id"}) {
        if (url.empty()) url = text_member(*object, name);
      }
    } else {
      url = text_of(image);
    }
    if (!trim(url).empty()) row.pictures.push_back({std::string(trim(url)), variant});
  });
}

struct Offer {
  std::string price, currency, availability;
};

// The first with a price; a range counts from its lower end.
Offer offer_of(const json::object& product) {
  Offer found;
  each(member(product, "offers"), [&](const json::value& value) {
    const json::object* offer = value.if_object();
    if (offer == nullptr || !found.price.empty()) return;
    Offer next;
    for (const char* name : {"lowPrice", "price"}) {
      if (next.price.empty()) next.price = text_member(*offer, name);
    }
    next.currency = text_member(*offer, "priceCurrency");
    each(member(*offer, "priceSpecification"), [&](const json::value& part) {
      const json::object* specification = part.if_object();
      if (specification == nullptr || !next.price.empty()) return;
      next.price = text_member(*specification, "price");
      if (next.currency.empty()) next.currency = text_member(*specification, "priceCurrency");
    });
    next.availability = text_member(*offer, "availability");
    if (!next.price.empty() || found.availability.empty()) found = next;
  });
  return found;
}

void set_offer(const json::object& product, FieldRow& row) {
  const Offer offer = offer_of(product);
  set_price(row, offer.price, offer.currency);
  const std::string_view state = std::string_view(offer.availability).substr(offer.availability.find_last_of("/:#") + 1);
  if (state == "OutOfStock" || state == "SoldOut" || state == "Discontinued") row.set("stock", "0");
  const json::value* offers = member(product, "offers");
  const json::object* single = offers != nullptr ? offers->if_object() : nullptr;
  if (single == nullptr || state == "OutOfStock") return;
  if (const json::value* level = member(*single, "inventoryLevel")) row.set("stock", simple_text(level));
}

// Scaled to five stars.
void set_rating(const json::object& product, FieldRow& row) {
  const json::value* value = member(product, "aggregateRating");
  const json::object* rating = value != nullptr ? value->if_object() : nullptr;
  if (rating == nullptr) return;
  const std::string stars = text_member(*rating, "ratingValue");
  const auto number = parse_number<double>(stars), best = parse_number<double>(text_member(*rating, "bestRating"));
  row.set("rating", number && best && *best > 0 && *best != 5 ? fmt::format("{:.4g}", *number * 5 / *best) : stars);
  const std::string count = text_member(*rating, "ratingCount");
  row.set("rating_count", count.empty() ? text_member(*rating, "reviewCount") : count);
}

// "Furniture > Chairs" and "Furniture/Chairs" are both seen.
std::vector<std::string> category_path(const std::string& text) {
  std::vector<std::string> path = parse_category_path(text);
  return path.size() == 1 && text.find(" / ") == std::string::npos && text.find('/') != std::string::npos && text.find("://") == std::string::npos
             ? split(text, '/')
             : path;
}

void add_attributes(const json::object& product, std::vector<DraftAttribute>& attributes) {
  constexpr std::array kNames = {"color", "material", "size",          "pattern",  "model",    "gtin",        "gtin13", "gtin12",
                                 "gtin8", "mpn",      "itemCondition", "keywords", "audience", "releaseDate", "award"};
  for (const char* name : kNames) {
    std::string text = text_member(product, name);
    if (std::string_view(name) == "itemCondition") text = text.substr(text.find_last_of("/:#") + 1);
    if (!trim(text).empty()) attributes.push_back({name, text});
  }
  for (const char* name : {"width", "height", "depth", "weight"}) {
    const json::value* value = member(product, name);
    const json::object* quantity = value != nullptr ? value->if_object() : nullptr;
    std::string text = quantity != nullptr ? text_member(*quantity, "value") : simple_text(value);
    if (quantity != nullptr) text += text_member(*quantity, "unitCode").empty() ? "" : " " + text_member(*quantity, "unitCode");
    if (!trim(text).empty()) attributes.push_back({name, text});
  }
  each(member(product, "additionalProperty"), [&](const json::value& property) {
    const json::object* object = property.if_object();
    if (object == nullptr) return;
    const std::string name = text_member(*object, "name"), value = simple_text(member(*object, "value"));
    if (!name.empty() && !value.empty()) attributes.push_back({name, value});
  });
}

void add_relations(const json::object& product, FieldRow& row) {
  for (const auto& [theirs, kind] :
       {std::pair{"isSimilarTo", "similar"}, std::pair{"isRelatedTo", "related"}, std::pair{"isAccessoryOrSparePartFor", "accessory_of"}}) {
    each(member(product, theirs), [&, name = kind](const json::value& other) {
      const std::string id = other.is_object() ? id_of(other.get_object()) : text_of(other);
      if (!trim(id).empty()) row.relations.push_back({name, std::string(trim(id))});
    });
  }
}

class Walk {
 public:
  explicit Walk(int64_t line) : line_(line) {}

  void visit(const json::value& value, int depth = 0) {
    if (depth > kDepthMax || rows.size() >= kProductsMax) return;
    if (const json::array* list = value.if_array()) {
      for (const json::value& item : *list) visit(item, depth + 1);
      return;
    }
    const json::object* object = value.if_object();
    if (object == nullptr) return;
    if (is_type(*object, "ProductGroup")) {
      add_group(*object);
    } else if (is_type(*object, "Product")) {
      add_product(*object);
    } else if (is_type(*object, "BreadcrumbList")) {
      read_breadcrumbs(*object);
    } else {
      for (const char* name : {"@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "itemOffered", "breadcrumb", "offers", "makesOffer"}) {
        if (const json::value* inner = member(*object, name)) visit(*inner, depth + 1);
      }
    }
  }

  // The last step of a page's breadcrumbs is mostly the product itself.
  void place_the_unplaced() {
    if (breadcrumbs_.empty()) return;
    for (FieldRow& row : rows) {
      if (row.kind == RowKind::kVariation || !row.category_paths.empty()) continue;
      std::vector<std::string> path = breadcrumbs_;
      if (path.back() == row.get("title")) path.pop_back();
      row.category_paths.push_back(std::move(path));
    }
  }

  std::vector<FieldRow> rows;

 private:
  FieldRow& add_row(const json::object& product) {
    FieldRow& row = rows.emplace_back(FieldRow{.line = line_});
    row.set("id", id_of(product));
    row.set("title", text_member(product, "name"));
    row.set("description", text_member(product, "description"));
    row.set("brand", text_member(product, member(product, "brand") != nullptr ? "brand" : "manufacturer"));
    row.set("url", text_member(product, "url"));
    set_offer(product, row);
    set_rating(product, row);
    each(member(product, "category"), [&](const json::value& category) {
      const std::string text = simple_text(&category);
      if (!trim(text).empty()) row.category_paths.push_back(category_path(text));
    });
    add_relations(product, row);
    return row;
  }

  void add_product(const json::object& product) {
    FieldRow& row = add_row(product);
    add_attributes(product, row.attributes);
    add_pictures(product, "", row);
  }

  void add_group(const json::object& group) {
    const json::value* variants = member(group, "hasVariant");
    FieldRow& row = add_row(group);
    if (const std::string id = text_member(group, "productGroupID"); !id.empty()) row.set("id", id);
    add_attributes(group, row.attributes);
    add_pictures(group, "", row);
    row.kind = RowKind::kParent;
    const std::string id(row.get("id"));
    each(variants, [&](const json::value& value) {
      if (!value.is_object() || rows.size() >= kProductsMax) return;
      const json::object& product = value.get_object();
      FieldRow& variant = add_row(product);
      const std::string key(variant.get("id"));
      variant.kind = RowKind::kVariation;
      variant.set("id", id);
      variant.set("variant", key);
      add_attributes(product, variant.variant_attributes);
      add_pictures(product, key, variant);
    });
  }

  void read_breadcrumbs(const json::object& list) {
    std::vector<std::string> path;
    each(member(list, "itemListElement"), [&](const json::value& element) {
      const json::object* step = element.if_object();
      if (step == nullptr) return;
      std::string name = text_member(*step, "name");
      if (name.empty()) name = text_member(*step, "item");
      if (!trim(name).empty() && name.find("://") == std::string::npos) path.push_back(name);
    });
    if (path.size() > breadcrumbs_.size()) breadcrumbs_ = std::move(path);
  }

  int64_t line_;
  std::vector<std::string> breadcrumbs_;
};

}  // namespace

std::vector<FieldRow> schema_org_rows(const json::value& value, int64_t line) {
  Walk walk(line);
  walk.visit(value);
  walk.place_the_unplaced();
  return std::move(walk.rows);
}

}  // namespace nozama
