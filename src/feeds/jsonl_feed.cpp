// One JSON object a line, with the field names of our CSV.
#include <boost/json.hpp>
#include <fstream>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/json_row.h"
#include "feeds/rows_feed.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kLineBytesMax = CsvParser::kRowBytesMax;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class JsonlFeed final : public RowsFeed {
 public:
  explicit JsonlFeed(const FeedFile& source) : RowsFeed(source.name), file_(source.path, std::ios::binary), size_(source.size) {}

  std::string_view dialect() const override { return "jsonl"; }
  int64_t position() const override { return position_; }
  int64_t size() const override { return size_; }

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    std::string buffer;
    if (!read_line(buffer)) return false;
    std::string_view text = buffer;
    if (line_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    text = trim(text);
    if (text.size() > kLineBytesMax) {
      errors.push_back(builder_.row_error(line_, "row_too_long", "the line is longer than 10 MiB"));
    } else if (!is_utf8(text)) {
      errors.push_back(builder_.row_error(line_, "not_utf8", "the line is not UTF-8 text; save the file as UTF-8"));
    } else if (!text.empty()) {
      read_object(text, rows, errors);
    }
    return true;
  }

  bool read_failed() const override { return file_.bad(); }

 private:
  // What stands beyond kLineBytesMax + 1 bytes is passed over.
  bool read_line(std::string& text) {
    bool any = false;
    for (int c = file_.get(); c != std::ifstream::traits_type::eof(); c = file_.get()) {
      any = true;
      ++position_;
      if (c == '\n') break;
      if (text.size() <= kLineBytesMax) text += static_cast<char>(c);
    }
    line_ += any ? 1 : 0;
    return any;
  }

  void read_object(std::string_view text, std::vector<FieldRow>& rows, std::vector<RowError>& errors) const {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
      errors.push_back(builder_.row_error(line_, "bad_json", error ? "the line is not valid JSON: " + error.message() : "the line is not one JSON object"));
      return;
    }
    auto read = rows_of(value.get_object(), line_);
    if (!read) {
      errors.push_back(builder_.row_error(line_, read.error().reason, read.error().message));
      return;
    }
    for (FieldRow& row : *read) rows.push_back(std::move(row));
  }

  std::ifstream file_;
  int64_t size_;
  int64_t line_ = 0, position_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeedReader>> open_jsonl_feed(const FeedFile& source) { return std::make_unique<JsonlFeed>(source); }

}  // namespace nozama
