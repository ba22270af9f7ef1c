// Shopify's product export, with the column names of before and after 2024: docs/feeds/shopify.md.
#include <algorithm>
#include <array>
#include <memory>

#include "base/number.h"
#include "feeds/csv_dialects.h"
#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"

namespace nozama {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>;
constexpr std::array<Renaming, 24> kFormerNames = {{{"URL handle", "Handle"},
                                                    {"Description", "Body (HTML)"},
                                                    {"Product category", "Product Category"},
                                                    {"Published on online store", "Published"},
                                                    {"SKU", "Variant SKU"},
                                                    {"Barcode", "Variant Barcode"},
                                                    {"Option1 name", "Option1 Name"},
                                                    {"Option1 value", "Option1 Value"},
                                                    {"Option2 name", "Option2 Name"},
                                                    {"Option2 value", "Option2 Value"},
                                                    {"Option3 name", "Option3 Name"},
                                                    {"Option3 value", "Option3 Value"},
                                                    {"Price", "Variant Price"},
                                                    {"Compare-at price", "Variant Compare At Price"},
                                                    {"Inventory tracker", "Variant Inventory Tracker"},
                                                    {"Inventory quantity", "Variant Inventory Qty"},
                                                    {"Continue selling when out of stock", "Variant Inventory Policy"},
                                                    {"Weight value (grams)", "Variant Grams"},
                                                    {"Product image URL", "Image Src"},
                                                    {"Image position", "Image Position"},
                                                    {"Image alt text", "Image Alt Text"},
                                                    {"Variant image URL", "Variant Image"},
                                                    {"SEO title", "SEO Title"},
                                                    {"SEO description", "SEO Description"}}};

struct Option {
  std::string name, value;
};

class Shopify {
 public:
  explicit Shopify(std::string currency) : currency_(std::move(currency)) {}

  void translate(FieldRow& row) {
    for (auto& [name, value] : row.fields) {
      for (const auto& [now, before] : kFormerNames) {
        if (name == now) name = before;
      }
    }
    const std::string handle = take_field(row, "Handle");
    if (handle != handle_) option_names_ = {};
    handle_ = handle;
    std::vector<Option> options = take_options(row);
    const std::string price = take_field(row, "Variant Price");
    const std::string sku = take_field(row, "Variant SKU");
    take_field(row, "Cost per item");  // the shop's own affair, and attributes are public
    const bool first = !row.get("Title").empty();
    if (!first && options.empty() && price.empty() && sku.empty()) row.kind = RowKind::kPictures;
    row.set("id", handle);
    set_variant(row, options, sku);
    set_price(row, price, currency_);
    set_stock(row);
    set_pictures(row);
    if (first) {
      set_product(row);
    } else {
      std::erase_if(row.fields, [](const auto& field) { return field.first == "Image Alt Text" || field.first == "Status" || field.first == "Published"; });
    }
  }

 private:
  // The names stand in a product's first row only.
  std::vector<Option> take_options(FieldRow& row) {
    constexpr std::array<Renaming, 3> kColumns = {{{"Option1 Name", "Option1 Value"}, {"Option2 Name", "Option2 Value"}, {"Option3 Name", "Option3 Value"}}};
    std::vector<Option> options;
    for (size_t i = 0; i < kColumns.size(); ++i) {
      const std::string name = take_field(row, kColumns[i].first);
      if (!name.empty()) option_names_[i] = lower_case(name);
      std::string value = take_field(row, kColumns[i].second);
      const bool only_one = option_names_[i] == "title" && value == "Default Title";
      if (!value.empty() && !only_one) options.push_back({option_names_[i].empty() ? "option" + std::to_string(i + 1) : option_names_[i], std::move(value)});
    }
    return options;
  }

  static void set_variant(FieldRow& row, const std::vector<Option>& options, const std::string& sku) {
    std::string key;
    for (const Option& option : options) {
      key += (key.empty() ? "" : " / ") + option.value;
      row.variant_attributes.push_back({option.name, option.value});
    }
    row.set("variant", key);
    auto& attributes = key.empty() ? row.attributes : row.variant_attributes;
    if (!sku.empty()) attributes.push_back({"sku", sku});
    move_field(row, "Variant Barcode", "barcode", attributes);
    move_field(row, "Variant Compare At Price", "compare_at_price", attributes);
    move_field(row, "Variant Grams", "weight_grams", attributes);
  }

  // Known where Shopify counts it and stops selling at 0. Oversold stock is negative there.
  static void set_stock(FieldRow& row) {
    const std::string tracker = take_field(row, "Variant Inventory Tracker"), quantity = take_field(row, "Variant Inventory Qty");
    const std::string policy = lower_case(take_field(row, "Variant Inventory Policy"));
    const bool sells_on = policy == "continue" || policy == "true";
    const auto count = parse_number<int64_t>(quantity);
    if (quantity.empty() || (tracker.empty() && count == 0)) return;
    if (!count) {
      row.set("stock", quantity);
    } else if (*count > 0 || !sells_on) {
      row.set("stock", std::to_string(std::max<int64_t>(0, *count)));
    }
  }

  static void set_pictures(FieldRow& row) {
    const std::string image = take_field(row, "Image Src"), variant_image = take_field(row, "Variant Image");
    take_field(row, "Image Position");  // the rows are in this order
    if (!image.empty()) row.pictures.push_back({image, ""});
    if (!variant_image.empty()) row.pictures.push_back({variant_image, std::string(row.get("variant"))});
  }

  static void set_product(FieldRow& row) {
    row.set("title", take_field(row, "Title"));
    row.set("description", take_field(row, "Body (HTML)"));
    row.set("brand", take_field(row, "Vendor"));
    row.category_paths.push_back(parse_category_path(take_field(row, "Product Category")));
    row.category_paths.push_back({take_field(row, "Type")});
    move_field(row, "Tags", "tags", row.attributes);
    move_field(row, "Status", "status", row.attributes);
  }

  std::string currency_, handle_;
  std::array<std::string, 3> option_names_;
};

}  // namespace

std::optional<CsvDialect> shopify_dialect(const CsvHeader& header, const FeedOptions& options) {
  const bool before =
      has_column(header, "Handle") && (has_column(header, "Variant Price") || has_column(header, "Option1 Name") || has_column(header, "Image Src"));
  const bool now =
      has_column(header, "URL handle") && (has_column(header, "Price") || has_column(header, "Option1 name") || has_column(header, "Product image URL"));
  if (!before && !now) return std::nullopt;
  const auto shopify = std::make_shared<Shopify>(options.currency);  // shared: std::function copies
  return CsvDialect{"shopify-csv", [shopify](FieldRow& row) { shopify->translate(row); }, {"Title"}};
}

}  // namespace nozama
