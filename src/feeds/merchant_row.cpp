#include "feeds/merchant_row.h"

#include <algorithm>

#include "feeds/csv_dialects.h"
#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"

namespace nozama {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Every value of a field that may stand several times.
std::vector<std::string> take_all(FieldRow& row, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [field, value] : row.fields) {
    if (field == name && !trim(value).empty()) values.emplace_back(trim(value));
  }
  std::erase_if(row.fields, [&](const auto& field) { return field.first == name; });
  return values;
}

// The merchant's own categories, then Google's where it is a path; a number of Google's taxonomy is an attribute.
void set_categories(FieldRow& row) {
  for (const std::string& type : take_all(row, "product_type")) row.category_paths.push_back(parse_category_path(type));
  const std::string googles(row.get("google_product_category"));
  if (googles.empty() || is_number(googles)) return;
  row.category_paths.push_back(parse_category_path(googles));
  take_field(row, "google_product_category");
}

void set_stock(FieldRow& row) {
  std::string availability = lower_case(row.get("availability"));
  std::replace(availability.begin(), availability.end(), ' ', '_');
  const std::string quantity = take_field(row, row.get("quantity").empty() ? "sell_on_google_quantity" : "quantity");
  if (availability == "in_stock" || availability == "out_of_stock") take_field(row, "availability");
  if (availability == "out_of_stock") {
    row.set("stock", "0");
  } else if (!quantity.empty()) {
    row.set("stock", quantity);
  }
}

void set_pictures(FieldRow& row) {
  const std::string variant(row.get("variant"));
  const std::string picture = take_field(row, "image_link");
  if (!picture.empty()) row.pictures.push_back({picture, variant});
  for (const std::string& links : take_all(row, "additional_image_link")) {
    for (const std::string& link : split(links, ',')) row.pictures.push_back({link, variant});
  }
}

}  // namespace

std::string merchant_name(std::string_view name) {
  std::string plain = lower_case(trim(name));
  if (plain.starts_with("g:")) plain.erase(0, 2);
  std::replace(plain.begin(), plain.end(), ' ', '_');
  return plain;
}

void translate_merchant_row(FieldRow& row) {
  const std::string group = take_field(row, "item_group_id");
  if (!group.empty()) {
    row.set("variant", std::string(row.get("id")));
    row.set("id", group);
    row.scattered = true;
  }
  const std::string price = take_field(row, "price"), sale = take_field(row, "sale_price");
  set_price(row, sale.empty() ? price : sale, "");
  if (!sale.empty() && !price.empty()) (group.empty() ? row.attributes : row.variant_attributes).push_back({"regular_price", price});
  row.set("url", take_field(row, "link"));
  set_categories(row);
  set_stock(row);
  set_pictures(row);
}

std::optional<CsvDialect> merchant_dialect(const CsvHeader& header, char separator) {
  CsvHeader names;
  for (const std::string& name : header) names.push_back(merchant_name(name));
  const bool linked = has_column(names, "image_link") || has_column(names, "google_product_category") || has_column(names, "item_group_id");
  if (!linked || !(has_column(names, "id") || has_column(names, "title"))) return std::nullopt;
  const auto translate = [](FieldRow& row) {
    for (auto& [name, value] : row.fields) name = merchant_name(name);
    translate_merchant_row(row);
  };
  CsvDialect dialect{separator == '\t' ? "google-merchant-tsv" : "google-merchant-csv", translate, {}};
  for (const char* required : {"id", "title"}) {
    if (!has_column(names, required)) dialect.required.emplace_back(required);
  }
  return dialect;
}

}  // namespace nozama
