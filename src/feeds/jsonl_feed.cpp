// One JSON object a line, with the field names of our CSV.
#include <boost/json.hpp>

#include "feeds/dialects.h"
#include "feeds/json_row.h"
#include "feeds/line_feed.h"

namespace nozama {
namespace {

namespace json = boost::json;

class JsonlFeed final : public LineFeed {
 public:
  explicit JsonlFeed(FeedInput input) : LineFeed(std::move(input), "jsonl") {}

 protected:
  void read_text(std::string_view text, int64_t line, std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    auto object = parse_json_object(text);
    auto read = object ? rows_of(*object, line) : propagate(object);
    if (!read) {
      errors.push_back(builder_.row_error(line, read.error().reason, read.error().message));
      return;
    }
    for (FieldRow& row : *read) rows.push_back(std::move(row));
  }
};

}  // namespace

std::unique_ptr<FeedReader> open_jsonl_feed(FeedInput input) { return std::make_unique<JsonlFeed>(std::move(input)); }

}  // namespace nozama
