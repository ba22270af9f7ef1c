// WooCommerce's product export: docs/feeds/woocommerce.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

#include "base/number.h"
#include "feeds/csv_dialects.h"
#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"

namespace nozama {
namespace {

constexpr size_t kParentsMax = 200'000;

// "Tops, Men\, women > Shirts" → its parts; WooCommerce writes a comma inside a name as "\,".
std::vector<std::string> split_escaped(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  const auto finish = [&] {
    if (!trim(part).empty()) parts.emplace_back(trim(part));
    part.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
      part += text[++i];
    } else if (text[i] == ',') {
      finish();
    } else {
      part += text[i];
    }
  }
  finish();
  return parts;
}

class WooCommerce {
 public:
  explicit WooCommerce(std::string currency) : currency_(std::move(currency)) {}

  void translate(FieldRow& row) {
    const std::vector<std::string> types = split(lower_case(take_field(row, "Type")), ',');
    const auto is = [&](std::string_view type) { return std::find(types.begin(), types.end(), type) != types.end(); };
    row.kind = is("variation") ? RowKind::kVariation : (is("variable") ? RowKind::kParent : RowKind::kWhole);
    row.scattered = row.kind != RowKind::kWhole;
    const std::string id = take_field(row, "ID"), sku = take_field(row, "SKU"), parent = take_field(row, "Parent");
    auto& attributes = row.kind == RowKind::kVariation ? row.variant_attributes : row.attributes;
    const std::vector<std::string> values = take_attributes(row, attributes);
    if (row.kind == RowKind::kVariation) {
      row.set("id", parent_id(parent));
      row.set("variant", key_of(values, sku, id));
    } else {
      row.set("id", id.empty() ? sku : id);
      if (row.kind == RowKind::kParent && !sku.empty() && id_by_sku_.size() < kParentsMax) id_by_sku_[sku] = row.get("id");
    }
    if (!sku.empty()) attributes.push_back({"sku", sku});
    move_field(row, "GTIN, UPC, EAN, or ISBN", "gtin", attributes);
    set_prices(row, attributes);
    set_stock(row);
    set_texts(row);
    row.set("pictures", fmt::format("{}", fmt::join(split(take_field(row, "Images"), ','), "|")));
    std::erase_if(row.fields, [&](const auto& field) { return field.second.empty() || field.first.starts_with("Meta:") || is_upkeep(field.first); });
  }

 private:
  // How the shop's own program shows and ships; nothing about the product itself.
  static bool is_upkeep(std::string_view name) {
    constexpr std::array kUpkeep = {"Published",          "Visibility in catalog",   "Tax status",    "Tax class",   "Backorders allowed?",
                                    "Sold individually?", "Allow customer reviews?", "Purchase note", "Position",    "Low stock amount",
                                    "Download limit",     "Download expiry days",    "Upsells",       "Cross-sells", "Grouped products",
                                    "Cost of goods"};
    return std::find(kUpkeep.begin(), kUpkeep.end(), name) != kUpkeep.end();
  }

  // "id:44" or a SKU.
  std::string parent_id(const std::string& parent) const {
    if (parent.starts_with("id:")) return parent.substr(3);
    const auto found = id_by_sku_.find(parent);
    return found == id_by_sku_.end() ? parent : found->second;
  }

  static std::string key_of(const std::vector<std::string>& values, const std::string& sku, const std::string& id) {
    if (!values.empty()) return fmt::format("{}", fmt::join(values, " / "));
    return sku.empty() ? id : sku;
  }

  // "Attribute 1 name", "Attribute 1 value(s)" … Returns the values.
  static std::vector<std::string> take_attributes(FieldRow& row, std::vector<DraftAttribute>& attributes) {
    std::vector<std::string> values;
    for (int i = 1;; ++i) {
      const std::string prefix = fmt::format("Attribute {} ", i);
      const bool any = std::any_of(row.fields.begin(), row.fields.end(), [&](const auto& field) { return field.first.starts_with(prefix); });
      if (!any) return values;
      const std::string name = take_field(row, prefix + "name");
      const std::string value = take_field(row, prefix + "value(s)");
      std::erase_if(row.fields, [&](const auto& field) { return field.first.starts_with(prefix); });
      if (name.empty() || value.empty()) continue;
      attributes.push_back({lower_case(name), value});
      values.push_back(value);
    }
  }

  void set_prices(FieldRow& row, std::vector<DraftAttribute>& attributes) const {
    const std::string sale = take_field(row, "Sale price"), regular = take_field(row, "Regular price");
    set_price(row, sale.empty() ? regular : sale, currency_);
    if (!sale.empty() && !regular.empty()) attributes.push_back({"regular_price", regular});
  }

  // Counted stock, or whether there is any. Back orders make it negative.
  static void set_stock(FieldRow& row) {
    const std::string stock = take_field(row, "Stock"), in_stock = take_field(row, "In stock?");
    const auto count = parse_number<int64_t>(stock);
    if (!stock.empty()) {
      row.set("stock", count ? std::to_string(std::max<int64_t>(0, *count)) : stock);
    } else if (in_stock == "0") {
      row.set("stock", "0");
    }
  }

  static void set_texts(FieldRow& row) {
    const std::string name = take_field(row, "Name"), description = take_field(row, "Description"), brief = take_field(row, "Short description");
    row.set("title", name);
    row.set("description", description.empty() ? brief : description);
    if (!description.empty() && !brief.empty()) row.attributes.push_back({"short_description", brief});
    row.set("brand", take_field(row, "Brands"));
    for (const std::string& path : split_escaped(take_field(row, "Categories"))) row.category_paths.push_back(parse_category_path(path));
    move_field(row, "Tags", "tags", row.attributes);
  }

  std::string currency_;
  std::unordered_map<std::string, std::string> id_by_sku_;  // of products with variations
};

}  // namespace

std::optional<CsvDialect> woocommerce_dialect(const CsvHeader& header, const FeedOptions& options) {
  const bool known =
      has_column(header, "Type") && (has_column(header, "Regular price") || has_column(header, "Visibility in catalog") || has_column(header, "Parent"));
  if (!known || !(has_column(header, "ID") || has_column(header, "SKU"))) return std::nullopt;
  const auto shop = std::make_shared<WooCommerce>(options.currency);  // shared: std::function copies
  return CsvDialect{"woocommerce-csv", [shop](FieldRow& row) { shop->translate(row); }, {"Name"}};
}

}  // namespace nozama
