// Writes down what shoppers search for and click on, never on a request's path.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "catalog/query_log.h"
#include "engine/search.h"

namespace nozama {

class Catalog;

struct ActivityFigures {
  int64_t written = 0;  // or not to be kept
  int64_t dropped = 0;  // because too much waited, or the database refused it
};

// Entries wait in memory and are written together on a thread of the recorder's own; what waits at a crash is lost. Thread-safe.
class ActivityRecorder {
 public:
  static constexpr size_t kWaitingMax = 8'192;

  // The catalogue must outlive it. While QueryLog::enabled() is false, everything is taken and nothing kept.
  explicit ActivityRecorder(Catalog& catalog);
  ~ActivityRecorder();  // writes what waits
  ActivityRecorder(const ActivityRecorder&) = delete;
  ActivityRecorder& operator=(const ActivityRecorder&) = delete;

  // Never waits; drops and counts an entry that finds no room.
  void record(QueryRecord query);
  // All or none of them; false = there is no room.
  bool record(std::vector<ShopperEvent> events);

  ActivityFigures figures() const;

 private:
  struct Batch {
    std::vector<QueryRecord> queries;
    std::vector<ShopperEvent> events;
    size_t size() const { return queries.size() + events.size(); }
  };
  void run();
  Status write(const Batch& batch);
  size_t room() const { return kWaitingMax - waiting_.size() - writing_; }

  Catalog& catalog_;
  mutable std::mutex mutex_;  // never held while the database works
  std::condition_variable changed_;
  Batch waiting_;
  size_t writing_ = 0;  // entries taken from waiting_ and not yet written
  ActivityFigures figures_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

// The first page of an answer as a row of the query log, with a new id that nobody can guess.
QueryRecord query_record(const SearchQuery& query, const SearchAnswer& answer, QueryKind kind);
QueryRecord query_record(const ListQuery& query, const ListAnswer& answer, double total_ms);

}  // namespace nozama
