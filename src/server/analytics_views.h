// The query log and its statistics as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/analytics.h"
#include "catalog/query_log.h"
#include "engine/search.h"

namespace nozama {

std::string query_page_json(const QueryPage& page);
std::string query_json(const QueryRecord& query, const std::vector<ShopperEvent>& events);
std::string analytics_json(const AnalyticsFigures& figures, int64_t from_ms, int64_t to_ms);
std::string recall_hours_json(const std::vector<RecallHour>& hours);

// What a search finds now, beside what it found when it was asked.
struct Replay {
  int64_t results = 0;
  double total_ms = 0;
  std::vector<std::string> products;  // external ids of the first results now
};
std::string replay_json(const QueryRecord& before, const Replay& now);

}  // namespace nozama
