// The Amazon data sets of 2014, 2018 and 2023: products and reviews, one a line, as JSON or (2014) as Python's literals.
#include <boost/json.hpp>

#include "base/number.h"
#include "feeds/amazon_row.h"
#include "feeds/dialects.h"
#include "feeds/json_row.h"
#include "feeds/line_feed.h"
#include "feeds/python_literal.h"

namespace nozama {
namespace {

namespace json = boost::json;

Result<json::object> object_of(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (!error && value.is_object()) return std::move(value.get_object());
  auto literal = parse_python_literal(text);
  if (!literal || !literal->is_object()) return parse_json_object(text);  // for its message
  return std::move(literal->get_object());
}

class AmazonFeed final : public LineFeed {
 public:
  using LineFeed::LineFeed;

 protected:
  void read_text(std::string_view text, int64_t line, std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    auto object = object_of(text);
    if (object) {
      rows.push_back(amazon_row(*object, line));
    } else {
      errors.push_back(builder_.row_error(line, object.error().reason, object.error().message));
    }
  }
};

class AmazonReviews final : public LineFeed {
 public:
  using LineFeed::LineFeed;

 protected:
  void read_text(std::string_view text, int64_t line, std::vector<FieldRow>&, std::vector<RowError>& errors) override {
    auto object = object_of(text);
    auto event = object ? event_of(*object, line) : propagate(object);
    if (event) {
      emit(std::move(*event));
    } else {
      errors.push_back(builder_.row_error(line, event.error().reason, event.error().message));
    }
  }

 private:
  // The first of the names that has a text.
  static std::string first_of(const json::object& object, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const json::value* value = object.if_contains(name);
      if (value != nullptr && !text_of(*value).empty()) return text_of(*value);
    }
    return "";
  }

  static Result<EventDraft> event_of(const json::object& review, int64_t line) {
    constexpr double kStarsMax = 5;
    constexpr int64_t kSecondsMax = 100'000'000'000;  // 2023 has milliseconds
    EventDraft event{.line = line, .kind = "review"};
    event.product_id = first_of(review, {"parent_asin", "asin"});
    event.actor_id = first_of(review, {"user_id", "reviewerID"});
    if (event.product_id.empty() || event.actor_id.empty()) {
      return fail(ErrorCode::kInvalidArgument, "missing_value", "a review needs asin (or parent_asin) and reviewerID (or user_id)");
    }
    const std::string stars = first_of(review, {"overall", "rating"}), time = first_of(review, {"unixReviewTime", "timestamp", "sort_timestamp"});
    const auto value = parse_number<double>(stars);
    if (!value || !(*value >= 0 && *value <= kStarsMax)) {
      return fail(ErrorCode::kInvalidArgument, "bad_rating", "the rating is '" + stars.substr(0, 60) + "', but must be a number from 0 to 5");
    }
    const auto at = parse_number<int64_t>(time);
    if (!at || *at < 0) return fail(ErrorCode::kInvalidArgument, "bad_number", "the time is '" + time.substr(0, 60) + "', but must be seconds since 1970");
    event.value = *value;
    event.time_ms = *at < kSecondsMax ? *at * 1000 : *at;
    return event;
  }
};

}  // namespace

std::unique_ptr<FeedReader> open_amazon_feed(FeedInput input, std::string_view dialect) { return std::make_unique<AmazonFeed>(std::move(input), dialect); }

std::unique_ptr<FeedReader> open_amazon_reviews(FeedInput input, std::string_view dialect) {
  return std::make_unique<AmazonReviews>(std::move(input), dialect);
}

}  // namespace nozama
