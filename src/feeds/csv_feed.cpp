// Our own CSV and TSV, and the first system's CSV.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/rows_feed.h"

namespace nozama {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name.substr(0, 40);
  return text;
}

bool has(const std::vector<std::string>& header, std::string_view name) { return std::find(header.begin(), header.end(), name) != header.end(); }

class CsvFeed : public RowsFeed {
 public:
  CsvFeed(const FeedFile& source, CsvParser parser, std::vector<std::string> header, std::string_view dialect)
      : RowsFeed(source.name), parser_(std::move(parser)), header_(std::move(header)), dialect_(dialect), size_(source.size) {}

  std::string_view dialect() const override { return dialect_; }
  int64_t position() const override { return parser_.position(); }
  int64_t size() const override { return size_; }

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    CsvRow row;
    const CsvParser::Outcome outcome = parser_.next(row);
    if (outcome == CsvParser::Outcome::kEnd) return false;
    if (outcome == CsvParser::Outcome::kBadRow) {
      errors.push_back(builder_.row_error(row.line, parser_.error().reason, parser_.error().message));
      return true;
    }
    if (row.fields.size() != header_.size()) {
      errors.push_back(
          builder_.row_error(row.line, "wrong_column_count", fmt::format("the row has {} fields, the header {}", row.fields.size(), header_.size())));
      return true;
    }
    FieldRow fields{.line = row.line};
    for (size_t i = 0; i < header_.size(); ++i) {
      if (!is_utf8(row.fields[i])) {
        errors.push_back(builder_.row_error(row.line, "not_utf8", fmt::format("{} is not UTF-8 text; save the file as UTF-8", header_[i])));
        return true;
      }
      fields.fields.emplace_back(header_[i], std::move(row.fields[i]));
    }
    translate(fields);
    rows.push_back(std::move(fields));
    return true;
  }

  virtual void translate(FieldRow&) const {}

  bool read_failed() const override { return parser_.failed(); }

 private:
  CsvParser parser_;
  std::vector<std::string> header_;
  std::string_view dialect_;
  int64_t size_;
};

// `<Label>_downloaded.csv`: asin, title, price, imUrl, brand, rating, related, salesRank, categories, description, timestamp,
// imUrl_local. The label is the category. Columns without a field of ours become attributes under their own names.
class FirstSystemFeed final : public CsvFeed {
 public:
  FirstSystemFeed(const FeedFile& source, CsvParser parser, std::vector<std::string> header, std::string label)
      : CsvFeed(source, std::move(parser), std::move(header), "first-system-csv"), label_(std::move(label)) {}

 protected:
  void translate(FieldRow& row) const override {
    constexpr std::array kRenamed = {std::pair{"asin", "id"}, std::pair{"imUrl_local", "picture"}};
    for (auto& [name, value] : row.fields) {
      if (value == "nan" || value == "NaN" || value == "None") value.clear();  // how its tools wrote "nothing"
      for (const auto& [theirs, ours] : kRenamed) {
        if (name == theirs) name = ours;
      }
    }
    if (!row.get("price").empty()) row.fields.emplace_back("currency", "USD");
    if (row.get("title").empty()) {
      std::erase_if(row.fields, [](const auto& field) { return field.first == "title"; });
      row.fields.emplace_back("title", row.get("id"));
    }
    row.fields.emplace_back("category", label_);
  }

 private:
  std::string label_;
};

std::string label_of(const std::string& name) {
  std::string label = name.substr(0, name.size() - kFirstSystemSuffix.size());
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

Status check_header(const FeedFile& source, const std::vector<std::string>& header) {
  const bool titled = std::any_of(header.begin(), header.end(), [](const std::string& name) { return name == "title" || name.starts_with("title_"); });
  if (has(header, "id") && titled) return {};
  const char* remedy =
      has(header, "asin") ? "a feed needs id and title, and one of the first system is called <Label>_downloaded.csv" : "a feed needs id and title";
  return fail(ErrorCode::kInvalidArgument, "missing_column",
              fmt::format("{}:1: the column '{}' is missing; {}. Found: {}", source.name, has(header, "id") ? "title" : "id", remedy, joined(header)));
}

// Names are trimmed, and a column without one (some programs write row numbers so) is called by its place.
Status tidy_header(const FeedFile& source, std::vector<std::string>& header) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (!is_utf8(header[i])) return fail(ErrorCode::kInvalidArgument, "not_utf8", source.name + ":1: the header is not UTF-8 text; save the file as UTF-8");
    header[i] = trim(header[i]);
    if (header[i].empty()) header[i] = fmt::format("column_{}", i + 1);
  }
  std::set<std::string_view> seen;
  for (const std::string& name : header) {
    if (!seen.insert(name).second)
      return fail(ErrorCode::kInvalidArgument, "duplicate_column", fmt::format("{}:1: the column '{}' stands twice in the header", source.name, name));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FeedReader>> open_csv_feed(const FeedFile& source, char separator) {
  CsvParser parser(std::ifstream(source.path, std::ios::binary), separator);
  CsvRow header;
  const CsvParser::Outcome outcome = parser.next(header);
  if (outcome == CsvParser::Outcome::kEnd) return fail(ErrorCode::kInvalidArgument, "empty_feed", source.name + " is empty");
  if (outcome == CsvParser::Outcome::kBadRow) return fail(ErrorCode::kInvalidArgument, parser.error().reason, source.name + ": " + parser.error().message);
  const Status tidied = tidy_header(source, header.fields);
  if (!tidied) return propagate(tidied);
  if (source.name.ends_with(kFirstSystemSuffix) && has(header.fields, "asin")) {
    std::vector<std::string> columns = header.fields;
    return std::make_unique<FirstSystemFeed>(source, std::move(parser), std::move(columns), label_of(source.name));
  }
  const Status checked = check_header(source, header.fields);
  if (!checked) return propagate(checked);
  return std::make_unique<CsvFeed>(source, std::move(parser), std::move(header.fields), separator == '\t' ? "tsv" : "csv");
}

}  // namespace nozama
