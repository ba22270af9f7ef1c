// Feeds made of separated values: our own, and those of csv_dialects.h.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "feeds/csv_dialects.h"
#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/rows_feed.h"

namespace nozama {
namespace {

std::string joined(const CsvHeader& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name.substr(0, 40);
  return text;
}

class CsvFeed final : public RowsFeed {
 public:
  CsvFeed(FeedInput input, char separator, CsvHeader header, CsvDialect dialect)
      : RowsFeed(std::move(input), dialect.name), parser_(bytes(), separator), header_(std::move(header)), translate_(std::move(dialect.translate)) {}

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
    translate_(fields);
    rows.push_back(std::move(fields));
    return true;
  }

 private:
  CsvParser parser_;
  CsvHeader header_;
  std::function<void(FieldRow&)> translate_;
};

// The one that separates most names of the header; a comma where they are equal.
char separator_of(std::string_view start) {
  const std::string_view header = start.substr(0, start.find('\n'));
  char separator = ',';
  for (const char candidate : {'\t', ';'}) {
    if (std::count(header.begin(), header.end(), candidate) > std::count(header.begin(), header.end(), separator)) separator = candidate;
  }
  return separator;
}

Status check_header(const std::string& file, const CsvHeader& header) {
  const bool titled = std::any_of(header.begin(), header.end(), [](const std::string& name) { return name == "title" || name.starts_with("title_"); });
  if (has_column(header, "id") && titled) return {};
  const char* remedy =
      has_column(header, "asin") ? "a feed needs id and title, and one of the first system is called <Label>_downloaded.csv" : "a feed needs id and title";
  return fail(ErrorCode::kInvalidArgument, "missing_column",
              fmt::format("{}:1: the column '{}' is missing; {}. Found: {}", file, has_column(header, "id") ? "title" : "id", remedy, joined(header)));
}

// Names are trimmed, and a column without one (some programs write row numbers so) is called by its place.
Status tidy_header(const std::string& file, CsvHeader& header) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (!is_utf8(header[i])) return fail(ErrorCode::kInvalidArgument, "not_utf8", file + ":1: the header is not UTF-8 text; save the file as UTF-8");
    header[i] = trim(header[i]);
    if (header[i].empty()) header[i] = fmt::format("column_{}", i + 1);
  }
  std::set<std::string_view> seen;
  for (const std::string& name : header) {
    if (!seen.insert(name).second)
      return fail(ErrorCode::kInvalidArgument, "duplicate_column", fmt::format("{}:1: the column '{}' stands twice in the header", file, name));
  }
  return {};
}

Result<CsvDialect> dialect_of(const FeedInput& input, const CsvHeader& header, char separator) {
  if (auto dialect = first_system_dialect(header, input.name)) return *dialect;
  if (auto dialect = shopify_dialect(header, input.options)) return *dialect;
  if (auto dialect = woocommerce_dialect(header, input.options)) return *dialect;
  if (auto dialect = merchant_dialect(header, separator)) return *dialect;
  const Status checked = check_header(input.name, header);
  if (!checked) return propagate(checked);
  return CsvDialect{separator == '\t' ? "tsv" : "csv", [](FieldRow&) {}, {}};
}

}  // namespace

bool has_column(const CsvHeader& header, std::string_view name) { return std::find(header.begin(), header.end(), name) != header.end(); }

Result<std::unique_ptr<FeedReader>> open_csv_feed(FeedInput input) {
  constexpr size_t kHeaderBytes = size_t{64} << 10;
  const char separator = separator_of(input.bytes->look_ahead(kHeaderBytes));
  CsvParser parser(*input.bytes, separator);
  CsvRow header;
  const CsvParser::Outcome outcome = parser.next(header);
  if (outcome == CsvParser::Outcome::kEnd) return fail(ErrorCode::kInvalidArgument, "empty_feed", input.name + " is empty");
  if (outcome == CsvParser::Outcome::kBadRow) return fail(ErrorCode::kInvalidArgument, parser.error().reason, input.name + ": " + parser.error().message);
  if (auto columns = vision_columns(header.fields)) {
    parser.unread();
    return std::make_unique<CsvFeed>(std::move(input), separator, std::move(*columns), vision_dialect());
  }
  const Status tidied = tidy_header(input.name, header.fields);
  if (!tidied) return propagate(tidied);
  auto dialect = dialect_of(input, header.fields, separator);
  if (!dialect) return propagate(dialect);
  for (const std::string& column : dialect->required) {
    if (has_column(header.fields, column)) continue;
    return fail(ErrorCode::kInvalidArgument, "missing_column",
                fmt::format("{}:1: the column '{}' is missing, which {} needs. Found: {}", input.name, column, dialect->name, joined(header.fields)));
  }
  return std::make_unique<CsvFeed>(std::move(input), separator, std::move(header.fields), std::move(*dialect));
}

}  // namespace nozama
