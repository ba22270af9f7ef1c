// What shoppers searched for, without who they are: never a photo, an address or an account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

class Catalog;

// Stored as numbers: append only.
enum class QueryKind { kPhoto, kUrl, kProduct, kVector, kText };

std::string_view query_kind_name(QueryKind kind);  // "photo", "url" …
std::optional<QueryKind> query_kind_from_name(std::string_view name);

struct QueryTimings {
  double decode_ms = 0, encode_ms = 0, search_ms = 0, rank_ms = 0, total_ms = 0;
};

// The first page of one search.
struct QueryRecord {
  std::string id;       // as in the answer; random
  int64_t time_ms = 0;  // since 1970
  QueryKind kind = QueryKind::kPhoto;
  std::string text;                  // words; of a product its external id
  std::string category;              // slug, as chosen; "" = automatic
  std::string seen_category;         // slug, as seen in the photo; "" = none
  std::string filter;                // as asked for
  int64_t results = 0;               // in all
  std::optional<double> best_score;  // nullopt without results, and of text
  QueryTimings timings;
  std::string vector;                       // opaque query.vector; "" = of text
  std::vector<std::string> first_products;  // external ids of the first results, at most kFirstProductsMax
  static constexpr size_t kFirstProductsMax = 10;
};

// What a shopper's browser told. It stands beside the imported events (signals.h) and is nobody's.
struct ShopperEvent {
  std::string kind;                 // "click", "view", "cart", "order", "favourite"
  std::string product_id;           // external id; the catalogue may not have that product
  std::string query_id;             // of the search that led to the product; "" = none
  std::optional<int64_t> position;  // among the search's results, 1 = first
  int64_t time_ms = 0;              // since 1970
};

struct QueryListQuery {
  std::optional<QueryKind> kind = {};
  bool without_results = false;
  double total_ms_min = 0;  // only those that took as long
  std::string after = {};   // QueryPage::next of the page before; "" = from the newest
  int limit = 50;           // 1..kLimitMax
  static constexpr int kLimitMax = 200;
};

struct QueryPage {
  std::vector<QueryRecord> queries;  // newest first, without vectors
  std::string next;                  // "" = this was the last
};

// Thread-safe; errors as the catalogue's.
class QueryLog {
 public:
  explicit QueryLog(Catalog& catalog) : catalog_(catalog) {}

  // One transaction. An id that is already there is left as it is.
  Status save(const std::vector<QueryRecord>& queries);
  Result<QueryRecord> query(const std::string& id);  // kNotFound "unknown_query"
  // In the same time at any depth. kInvalidArgument "bad_page" for a limit out of bounds or an `after` that no page gave.
  Result<QueryPage> list(const QueryListQuery& query);
  // What shoppers did with a search's results, oldest first; at most 1000.
  Result<std::vector<ShopperEvent>> events(const std::string& id);
  // One transaction. Every one is new, even if it is like another.
  Status save_events(const std::vector<ShopperEvent>& events);

  // Are searches and events kept? Not before somebody switches it on.
  Result<bool> enabled();
  Status set_enabled(bool enabled);

  // Removes searches, and the events that shoppers' browsers sent, from before then; in steps, so that other writers get
  // their turn. Imported events stay. Returns how many rows went.
  Result<int64_t> forget_before(int64_t time_ms);

 private:
  Catalog& catalog_;
};

}  // namespace nozama
