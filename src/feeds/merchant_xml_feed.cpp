// Google Merchant Center's feed as RSS 2.0 or Atom.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/merchant_row.h"
#include "feeds/rows_feed.h"
#include "feeds/xml_items.h"

namespace nozama {
namespace {

constexpr size_t kElementsMax = 1000;
constexpr std::array<std::string_view, 10> kSingle = {"id",    "title", "description", "link",  "image_link",
                                                      "price", "brand", "sale_price",  "color", "availability"};

// The text of an element; of one with parts theirs, as "DE:Standard:4.90 EUR".
std::string text_of(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& part : element.children()) {
    if (part.type() != pugi::node_element) continue;
    text += (text.empty() ? "" : ":") + std::string(part.text().get());
  }
  if (!text.empty()) return text;
  for (const pugi::xml_node& part : element.children()) text += part.value();  // text and CDATA may take turns
  return text;
}

// Atom's own elements, where Google's are not given.
void use_atom_names(FieldRow& row) {
  for (const auto& [theirs, ours] : {std::pair{"summary", "description"}, std::pair{"content", "description"}}) {
    if (row.get(ours).empty() && !row.get(theirs).empty()) row.set(ours, std::string(row.get(theirs)));
    std::erase_if(row.fields, [&](const auto& field) { return field.first == theirs; });
  }
  std::erase_if(row.fields, [](const auto& field) { return field.first == "guid" || field.first == "updated" || field.first == "pubdate"; });
}

void add_element(const pugi::xml_node& element, FieldRow& row) {
  const std::string_view qualified = element.name();
  const std::string name = merchant_name(qualified.starts_with("g:") ? qualified : qualified.substr(qualified.find(':') + 1));
  const pugi::xml_attribute href = element.attribute("href");
  std::string text = href ? href.value() : text_of(element);
  if (trim(text).empty()) return;
  const bool repeats = name == "additional_image_link" || name == "product_type" || row.get(name).empty();
  if (repeats) {
    row.fields.emplace_back(name, std::move(text));
  } else if (std::find(kSingle.begin(), kSingle.end(), name) != kSingle.end()) {
    if (qualified.find(':') != std::string_view::npos) row.set(name, std::move(text));  // Google's before RSS's own
  } else {
    row.set(name, std::string(row.get(name)) + "," + text);  // several shipping or product_highlight elements
  }
}

class MerchantXmlFeed final : public RowsFeed {
 public:
  explicit MerchantXmlFeed(FeedInput input) : RowsFeed(std::move(input), "google-merchant-xml"), items_(bytes()) {}

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    const auto item = items_.next();
    if (!item) return false;
    if (item->error) {
      errors.push_back(builder_.row_error(item->line, item->error->reason, item->error->message));
    } else {
      read_item(*item, rows, errors);
    }
    return true;
  }

 private:
  void read_item(const FeedPiece& item, std::vector<FieldRow>& rows, std::vector<RowError>& errors) const {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(item.text.data(), item.text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
      errors.push_back(builder_.row_error(item.line, "bad_xml", fmt::format("the item is not well-formed: {}", parsed.description())));
      return;
    }
    FieldRow row{.line = item.line};
    for (const pugi::xml_node& element : document.first_child().children()) {
      if (element.type() == pugi::node_element && row.fields.size() < kElementsMax) add_element(element, row);
    }
    use_atom_names(row);
    translate_merchant_row(row);
    rows.push_back(std::move(row));
  }

  XmlItems items_;
};

}  // namespace

std::unique_ptr<FeedReader> open_merchant_xml_feed(FeedInput input) { return std::make_unique<MerchantXmlFeed>(std::move(input)); }

}  // namespace nozama
