#include "catalog/query_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "base/number.h"
#include "catalog/catalog.h"
#include "catalog/sql.h"

namespace nozama {
namespace {

const std::string kSetting = "query_log";
constexpr std::array<std::string_view, 5> kKindNames = {"photo", "url", "product", "vector", "text"};

// Ids are single lines.
std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Status insert_query(sql::Connection& db, const QueryRecord& query) {
  const QueryTimings& timings = query.timings;
  return sql::execute(db,
                      "INSERT INTO query_log (id, at_ms, kind, text, category, seen_category, filter, results, best_score, decode_ms, encode_ms, search_ms,"
                      " rank_ms, total_ms, vector, first_products) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                      query.id, query.time_ms, static_cast<int>(query.kind), query.text, query.category, query.seen_category, query.filter, query.results,
                      query.best_score, timings.decode_ms, timings.encode_ms, timings.search_ms, timings.rank_ms, timings.total_ms, query.vector,
                      joined_lines(query.first_products));
}

constexpr std::string_view kSelectQuery =
    "SELECT id, at_ms, kind, text, category, seen_category, filter, results, best_score, decode_ms, encode_ms, search_ms, rank_ms, total_ms, vector,"
    " first_products FROM query_log";

QueryRecord read_query(const sql::Rows& rows) {
  QueryRecord query;
  query.id = rows.text(0);
  query.time_ms = rows.integer(1);
  query.kind = static_cast<QueryKind>(rows.integer(2));
  query.text = rows.text(3);
  query.category = rows.text(4);
  query.seen_category = rows.text(5);
  query.filter = rows.text(6);
  query.results = rows.integer(7);
  query.best_score = rows.optional_real(8);
  query.timings = {rows.real(9), rows.real(10), rows.real(11), rows.real(12), rows.real(13)};
  query.vector = rows.text(14);
  query.first_products = split_lines(rows.text_view(15));
  return query;
}

// Of a page's last row: "1700000000000.6f0c…".
struct Place {
  int64_t time_ms = 0;
  std::string id;
};

bool parse_place(std::string_view text, Place& place) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto time = parse_number<int64_t>(text.substr(0, dot));
  if (!time) return false;
  place = {*time, std::string(text.substr(dot + 1))};
  return true;
}

// `statement` removes some rows and returns their ids.
Result<int64_t> remove_in_steps(sql::Pool& pool, std::string_view statement, int64_t time_ms) {
  constexpr int64_t kStep = 5'000;
  int64_t removed = 0;
  while (true) {
    const auto step = pool.write([&](sql::Connection& db) -> Result<int64_t> {
      int64_t count = 0;
      sql::Rows rows = sql::query(db, statement, time_ms, kStep);
      while (rows.next()) ++count;
      if (!rows.ok()) return rows.failure();
      return count;
    });
    if (!step) return propagate(step, "forgetting old searches");
    removed += *step;
    if (*step < kStep) return removed;
  }
}

}  // namespace

std::string_view query_kind_name(QueryKind kind) { return kKindNames.at(static_cast<size_t>(kind)); }

Status QueryLog::save(const std::vector<QueryRecord>& queries) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    for (const QueryRecord& query : queries) {
      if (auto saved = insert_query(db, query); !saved) return saved;
    }
    return {};
  });
}

std::optional<QueryKind> query_kind_from_name(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<QueryKind>(found - kKindNames.begin());
}

Result<QueryPage> QueryLog::list(const QueryListQuery& query) {
  Place after{std::numeric_limits<int64_t>::max(), ""};
  const bool known = query.after.empty() || parse_place(query.after, after);
  if (!known || query.limit < 1 || query.limit > QueryListQuery::kLimitMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_page",
                fmt::format("limit must be from 1 to {}, and after what the page before gave as next", QueryListQuery::kLimitMax));
  }
  return catalog_.pool().read([&](sql::Connection& db) -> Result<QueryPage> {
    const std::optional<int> kind = query.kind ? std::optional(static_cast<int>(*query.kind)) : std::nullopt;
    sql::Rows rows = sql::query(db,
                                fmt::format("{} WHERE (at_ms < ? OR (at_ms = ? AND id < ?)) AND kind >= ? AND kind <= ? AND results <= ? AND total_ms >= ?"
                                            " ORDER BY at_ms DESC, id DESC LIMIT ?",
                                            kSelectQuery),
                                after.time_ms, after.time_ms, after.id, kind.value_or(0), kind.value_or(static_cast<int>(kKindNames.size())),
                                query.without_results ? int64_t{0} : std::numeric_limits<int64_t>::max(), query.total_ms_min, query.limit + 1);
    QueryPage page;
    while (rows.next()) {
      page.queries.push_back(read_query(rows));
      page.queries.back().vector.clear();
    }
    if (!rows.ok()) return rows.failure();
    if (std::cmp_greater(page.queries.size(), query.limit)) {
      page.queries.pop_back();
      page.next = fmt::format("{}.{}", page.queries.back().time_ms, page.queries.back().id);
    }
    return page;
  });
}

Result<std::vector<ShopperEvent>> QueryLog::events(const std::string& id) {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<std::vector<ShopperEvent>> {
    std::vector<ShopperEvent> events;
    sql::Rows rows = sql::query(db, "SELECT kind, product, query_id, place, at_ms FROM event WHERE query_id = ? ORDER BY at_ms, id LIMIT 1000", id);
    while (rows.next()) events.push_back({rows.text(0), rows.text(1), rows.text(2), rows.optional_integer(3), rows.integer(4)});
    if (!rows.ok()) return rows.failure();
    return events;
  });
}

Status QueryLog::save_events(const std::vector<ShopperEvent>& events) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    for (const ShopperEvent& event : events) {
      // Two shoppers may do the same at the same time: each event is an actor of its own.
      auto saved = sql::execute(db, "INSERT INTO event (product, actor, kind, at_ms, value, query_id, place) VALUES (?, ?, ?, ?, ?, ?, ?)", event.product_id,
                                random_hex(8), event.kind, event.time_ms, 0.0, event.query_id, event.position);
      if (!saved) return saved;
    }
    return {};
  });
}

Result<bool> QueryLog::enabled() {
  const auto value = catalog_.setting(kSetting);
  if (!value) return propagate(value);
  return value->value_or("off") == "on";
}

Status QueryLog::set_enabled(bool enabled) { return catalog_.set_setting(kSetting, enabled ? "on" : "off"); }

Result<QueryRecord> QueryLog::query(const std::string& id) {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<QueryRecord> {
    sql::Rows rows = sql::query(db, fmt::format("{} WHERE id = ?", kSelectQuery), id);
    if (rows.next()) return read_query(rows);
    if (!rows.ok()) return rows.failure();
    return fail(ErrorCode::kNotFound, "unknown_query", fmt::format("there is no search '{}' in the log; old ones are forgotten", id.substr(0, 100)));
  });
}

Result<int64_t> QueryLog::forget_before(int64_t time_ms) {
  const auto queries = remove_in_steps(
      catalog_.pool(), "DELETE FROM query_log WHERE id IN (SELECT id FROM query_log WHERE at_ms < ? ORDER BY at_ms LIMIT ?) RETURNING id", time_ms);
  if (!queries) return propagate(queries);
  const auto events = remove_in_steps(
      catalog_.pool(), "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE query_id IS NOT NULL AND at_ms < ? LIMIT ?) RETURNING id", time_ms);
  if (!events) return propagate(events);
  return *queries + *events;
}

}  // namespace nozama
