#include "catalog/analytics.h"

#include <fmt/format.h>

#include <string_view>

#include "catalog/catalog.h"
#include "catalog/sql.h"

namespace nozama {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kHourlySpanMs = 3 * kDayMs;  // longer times are told by day

struct Span {
  int64_t from_ms, to_ms;
};

Status check(const Span& span) {
  if (span.from_ms >= 0 && span.from_ms < span.to_ms && span.to_ms - span.from_ms <= Analytics::kSpanMsMax) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_range", fmt::format("'from' must be before 'to', and at most {} days", Analytics::kSpanMsMax / kDayMs));
}

Status read_counts(sql::Connection& db, const Span& span, SearchCounts& counts) {
  sql::Rows rows = sql::query(db, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN results = 0 THEN 1 ELSE 0 END), 0) FROM query_log WHERE at_ms >= ? AND at_ms < ?",
                              span.from_ms, span.to_ms);
  if (rows.next()) {
    counts.searches = rows.integer(0);
    counts.without_results = rows.integer(1);
  }
  return rows.status();
}

// Events may name searches that never were: only those of the log count.
Status read_successes(sql::Connection& db, const Span& span, SearchCounts& counts) {
  sql::Rows rows = sql::query(db,
                              "SELECT COUNT(DISTINCT CASE WHEN e.kind = 'click' THEN q.id END), COUNT(DISTINCT CASE WHEN e.kind = 'order' THEN q.id END)"
                              " FROM query_log q JOIN event e ON e.query_id = q.id WHERE q.at_ms >= ? AND q.at_ms < ?",
                              span.from_ms, span.to_ms);
  if (rows.next()) {
    counts.clicked = rows.integer(0);
    counts.converted = rows.integer(1);
  }
  return rows.status();
}

Status read_events(sql::Connection& db, const Span& span, AnalyticsFigures& figures) {
  sql::Rows rows = sql::query(db,
                              "SELECT kind, COUNT(*), CAST(AVG(place) AS DOUBLE PRECISION) FROM event"
                              " WHERE query_id IS NOT NULL AND at_ms >= ? AND at_ms < ? GROUP BY kind",
                              span.from_ms, span.to_ms);
  while (rows.next()) {
    const std::string_view kind = rows.text_view(0);
    if (kind == "click") {
      figures.clicks = rows.integer(1);
      figures.click_position = rows.optional_real(2);
    } else if (kind == "view") {
      figures.views = rows.integer(1);
    } else if (kind == "cart") {
      figures.carts = rows.integer(1);
    } else if (kind == "order") {
      figures.orders = rows.integer(1);
    } else if (kind == "favourite") {
      figures.favourites = rows.integer(1);
    }
  }
  return rows.status();
}

Status read_points(sql::Connection& db, const Span& span, AnalyticsFigures& figures) {
  figures.step_ms = span.to_ms - span.from_ms <= kHourlySpanMs ? kHourMs : kDayMs;
  sql::Rows rows = sql::query(db,
                              fmt::format("SELECT at_ms / {0} * {0} AS start, COUNT(*), SUM(CASE WHEN results = 0 THEN 1 ELSE 0 END), AVG(total_ms)"
                                          " FROM query_log WHERE at_ms >= ? AND at_ms < ? GROUP BY 1 ORDER BY 1",
                                          figures.step_ms),
                              span.from_ms, span.to_ms);
  while (rows.next()) figures.points.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.real(3)});
  return rows.status();
}

Status read_top_searches(sql::Connection& db, const Span& span, AnalyticsFigures& figures) {
  sql::Rows rows = sql::query(db,
                              "SELECT LOWER(text), COUNT(*), SUM(CASE WHEN results = 0 THEN 1 ELSE 0 END) FROM query_log"
                              " WHERE at_ms >= ? AND at_ms < ? AND kind = 4 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
                              span.from_ms, span.to_ms, AnalyticsFigures::kTopMax);
  while (rows.next()) figures.searches.push_back({rows.text(0), rows.integer(1), rows.integer(2)});
  return rows.status();
}

Status read_top_products(sql::Connection& db, const Span& span, AnalyticsFigures& figures) {
  sql::Rows rows = sql::query(db,
                              "SELECT t.product, t.clicks, t.carts, t.orders, COALESCE((SELECT MIN(x.title) FROM product p JOIN product_text x ON"
                              " x.product_id = p.id WHERE p.external_id = t.product AND x.lang IN ('en', '')), '') FROM (SELECT product,"
                              " SUM(CASE WHEN kind = 'click' THEN 1 ELSE 0 END) AS clicks, SUM(CASE WHEN kind = 'cart' THEN 1 ELSE 0 END) AS carts,"
                              " SUM(CASE WHEN kind = 'order' THEN 1 ELSE 0 END) AS orders FROM event WHERE query_id IS NOT NULL AND at_ms >= ? AND at_ms < ?"
                              " GROUP BY product ORDER BY 2 DESC, 4 DESC, 3 DESC, 1 LIMIT ?) t ORDER BY 2 DESC, 4 DESC, 3 DESC, 1",
                              span.from_ms, span.to_ms, AnalyticsFigures::kTopMax);
  while (rows.next()) figures.products.push_back({rows.text(0), rows.text(4), rows.integer(1), rows.integer(2), rows.integer(3)});
  return rows.status();
}

}  // namespace

Result<AnalyticsFigures> Analytics::figures(int64_t from_ms, int64_t to_ms) {
  const Span span{from_ms, to_ms};
  if (auto checked = check(span); !checked) return propagate(checked);
  return catalog_.pool().read([&](sql::Connection& db) -> Result<AnalyticsFigures> {
    AnalyticsFigures figures;
    if (auto read = read_counts(db, span, figures.total); !read) return propagate(read);
    if (auto read = read_successes(db, span, figures.total); !read) return propagate(read);
    for (const auto part : {read_events, read_points, read_top_searches, read_top_products}) {
      if (auto read = part(db, span, figures); !read) return propagate(read, "statistics");
    }
    return figures;
  });
}

Status Analytics::save_recall(const std::string& meter, const std::vector<RecallHour>& hours) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    for (const RecallHour& hour : hours) {
      auto saved = sql::execute(db,
                                "INSERT INTO recall_hour (start_ms, meter, searches, expected, found) VALUES (?, ?, ?, ?, ?) ON CONFLICT (start_ms, meter)"
                                " DO UPDATE SET searches = excluded.searches, expected = excluded.expected, found = excluded.found",
                                hour.start_ms, meter, hour.searches, hour.expected, hour.found);
      if (!saved) return saved;
    }
    return {};
  });
}

Result<std::vector<RecallHour>> Analytics::recall(int64_t from_ms, int64_t to_ms) {
  const Span span{from_ms, to_ms};
  if (auto checked = check(span); !checked) return propagate(checked);
  return catalog_.pool().read([&](sql::Connection& db) -> Result<std::vector<RecallHour>> {
    std::vector<RecallHour> hours;
    sql::Rows rows = sql::query(db,
                                "SELECT start_ms, CAST(SUM(searches) AS BIGINT), CAST(SUM(expected) AS BIGINT), CAST(SUM(found) AS BIGINT) FROM recall_hour"
                                " WHERE start_ms >= ? AND start_ms < ? GROUP BY start_ms ORDER BY start_ms",
                                span.from_ms, span.to_ms);
    while (rows.next()) hours.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)});
    if (!rows.ok()) return rows.failure();
    return hours;
  });
}

Result<int64_t> Analytics::forget_recall_before(int64_t time_ms) {
  return catalog_.pool().write([&](sql::Connection& db) -> Result<int64_t> {
    int64_t forgotten = 0;
    sql::Rows rows = sql::query(db, "DELETE FROM recall_hour WHERE start_ms < ? RETURNING start_ms", time_ms);
    while (rows.next()) ++forgotten;
    if (!rows.ok()) return rows.failure();
    return forgotten;
  });
}

}  // namespace nozama
