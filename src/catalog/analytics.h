// Statistics of the query log and of what shoppers did: what a shop's owner looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Catalog;

struct SearchCounts {
  int64_t searches = 0;
  int64_t without_results = 0;
  int64_t clicked = 0;    // searches with a click on a result
  int64_t converted = 0;  // searches that led to an order
};

struct AnalyticsFigures {
  SearchCounts total;
  std::optional<double> click_position;  // mean; nullopt without clicks
  // All events of the time, also those that no search led to.
  int64_t clicks = 0, views = 0, carts = 0, orders = 0, favourites = 0;

  struct Point {
    int64_t start_ms = 0;
    int64_t searches = 0, without_results = 0;
    double mean_ms = 0;  // of one search
  };
  int64_t step_ms = 0;        // between points: an hour, or a day
  std::vector<Point> points;  // those with searches, oldest first

  struct Search {
    std::string text;
    int64_t searches = 0, without_results = 0;
  };
  std::vector<Search> searches;  // by words, the most frequent first, at most kTopMax

  struct Product {
    std::string product_id, title;  // title: "" = not in the catalogue any more
    int64_t clicks = 0, carts = 0, orders = 0;
  };
  std::vector<Product> products;  // the most clicked first, at most kTopMax
  static constexpr int kTopMax = 20;
};

// What the recall meters of all servers have measured within one hour.
struct RecallHour {
  int64_t start_ms = 0;
  int64_t searches = 0, expected = 0, found = 0;
};

// Thread-safe; errors as the catalogue's.
class Analytics {
 public:
  static constexpr int64_t kSpanMsMax = int64_t{400} * 24 * 3600 * 1000;

  explicit Analytics(Catalog& catalog) : catalog_(catalog) {}

  // Of searches and events from `from_ms` on, before `to_ms`. kInvalidArgument "bad_range" when that is no time, or more than kSpanMsMax.
  Result<AnalyticsFigures> figures(int64_t from_ms, int64_t to_ms);

  // One meter's hours, in place of what it has said of them before. `meter` is the same text for one process's life.
  Status save_recall(const std::string& meter, const std::vector<RecallHour>& hours);
  Result<std::vector<RecallHour>> recall(int64_t from_ms, int64_t to_ms);  // oldest first; errors as figures()
  Result<int64_t> forget_recall_before(int64_t time_ms);                   // returns how many hours of meters went

 private:
  Catalog& catalog_;
};

}  // namespace nozama
