// One JSON object a line, with the field names of our CSV.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/rows_feed.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kLineBytesMax = CsvParser::kRowBytesMax;

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "";
  if (value.is_double()) return fmt::format("{}", value.get_double());  // 9.5, not 9.5E0
  return json::serialize(value);
}

std::string joined(const json::array& items, std::string_view separator) {
  std::string text;
  for (const json::value& item : items) text += (text.empty() ? std::string() : std::string(separator)) + text_of(item);
  return text;
}

// Scalars keep their name; lists of pictures and category steps become the texts that the CSV has; an object
// `attributes` is spread; anything else nested is kept as its JSON text.
void add_fields(const json::object& object, FieldRow& row) {
  for (const auto& [key, value] : object) {
    const std::string name(key);
    if (name == "variants") continue;
    if (name == "pictures" && value.is_array()) {
      row.fields.emplace_back(name, joined(value.get_array(), "|"));
    } else if (name == "category" && value.is_array()) {
      row.fields.emplace_back(name, joined(value.get_array(), " > "));
    } else if (name == "attributes" && value.is_object()) {
      for (const auto& [attribute, content] : value.get_object()) row.fields.emplace_back(std::string(attribute), text_of(content));
    } else {
      row.fields.emplace_back(name, text_of(value));
    }
  }
}

class JsonlFeed final : public RowsFeed {
 public:
  explicit JsonlFeed(const FeedFile& source) : RowsFeed(source.name), file_(source.path, std::ios::binary), size_(source.size) {}

  std::string_view dialect() const override { return "jsonl"; }
  int64_t position() const override { return position_; }
  int64_t size() const override { return size_; }

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    std::string text;
    if (!std::getline(file_, text)) return false;
    ++line_;
    position_ += static_cast<int64_t>(text.size()) + 1;
    if (text.find_first_not_of(" \t\r") == std::string::npos) return true;
    if (text.size() > kLineBytesMax) {
      errors.push_back(builder_.row_error(line_, "row_too_long", "the line is longer than 10 MiB"));
      return true;
    }
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
      const bool utf8 = is_utf8(text);
      errors.push_back(builder_.row_error(line_, utf8 ? "bad_json" : "not_utf8", utf8 ? "the line is not one JSON object" : "the line is not UTF-8 text"));
      return true;
    }
    add_product(value.get_object(), rows);
    return true;
  }

 private:
  // A variant's own fields come first, so that they win over the product's.
  void add_product(const json::object& product, std::vector<FieldRow>& rows) const {
    const json::value* variants = product.if_contains("variants");
    if (variants == nullptr || !variants->is_array() || variants->get_array().empty()) {
      rows.push_back({line_, {}});
      add_fields(product, rows.back());
      return;
    }
    for (const json::value& variant : variants->get_array()) {
      FieldRow row{line_, {}};
      if (variant.is_object()) add_fields(variant.get_object(), row);
      const bool first = rows.empty();
      FieldRow shared{line_, {}};
      add_fields(product, shared);
      for (auto& field : shared.fields) {
        // Pictures of the product as a whole belong to its first row only; stock is each variant's own.
        if ((field.first == "picture" || field.first == "pictures") && !first) continue;
        if (field.first == "stock" || !row.get(field.first).empty()) continue;
        row.fields.push_back(std::move(field));
      }
      rows.push_back(std::move(row));
    }
  }

  std::ifstream file_;
  int64_t size_;
  int64_t line_ = 0, position_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeedReader>> open_jsonl_feed(const FeedFile& source) { return std::make_unique<JsonlFeed>(source); }

}  // namespace nozama
