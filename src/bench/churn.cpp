#include "bench/churn.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <thread>

namespace nozama {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kFirstRow = 1'500'000'000;  // behind all rows of a run, and a 32-bit number still
constexpr size_t kBatchRows = 10;
constexpr size_t kBatchesKept = 100;  // then the oldest batch leaves for each that comes
constexpr float kOther = 0.5F;

double milliseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

class Writer {
 public:
  Writer(OwnIndex& index, std::span<const float> queries, size_t dimension) : index_(index), queries_(queries), dimension_(dimension) {}

  Status run(const Churn& churn, const std::atomic<bool>& ended) {
    const auto pause = std::chrono::duration<double>(static_cast<double>(kBatchRows) / static_cast<double>(churn.rows_per_second));
    auto due = Clock::now();
    while (!ended) {
      if (auto done = change(true, next_++); !done) return done;
      if (next_ - oldest_ > kBatchesKept) {
        if (auto done = change(false, oldest_++); !done) return done;
      }
      due += std::chrono::duration_cast<Clock::duration>(pause);
      std::this_thread::sleep_until(due);
    }
    while (oldest_ < next_) {
      if (auto done = change(false, oldest_++); !done) return done;
    }
    return {};
  }

  size_t changes = 0, unseen = 0;
  double slowest_ms = 0;

 private:
  // Between two queries, so that it lies where they do; the same for the same number.
  std::vector<float> row(size_t number) const {
    const size_t count = queries_.size() / dimension_;
    const auto one = queries_.subspan(number % count * dimension_, dimension_), other = queries_.subspan((number * 7 + 3) % count * dimension_, dimension_);
    std::vector<float> row(dimension_);
    double squares = 0;
    for (size_t i = 0; i < dimension_; ++i) {
      row[i] = one[i] + kOther * other[i];
      squares += static_cast<double>(row[i]) * row[i];
    }
    for (float& value : row) value /= static_cast<float>(std::sqrt(squares));
    return row;
  }

  Status change(bool add, size_t batch) {
    const int64_t first = kFirstRow + static_cast<int64_t>(batch * kBatchRows);
    std::vector<float> rows;
    for (size_t i = 0; i < kBatchRows; ++i) {
      const std::vector<float> one = row(batch * kBatchRows + i);
      rows.insert(rows.end(), one.begin(), one.end());
    }
    const auto start = Clock::now();
    if (add) {
      if (auto added = index_.add(first, rows, std::vector<RowLabels>(kBatchRows)); !added) return added;
    } else {
      index_.remove(first, kBatchRows);
    }
    slowest_ms = std::max(slowest_ms, milliseconds_since(start));
    const auto found = index_.search(std::span(rows).first(dimension_), {});
    if (!found) return propagate(found);
    ++changes;
    const bool there = std::ranges::find(*found, static_cast<int32_t>(first)) != found->end();
    if (there != add) ++unseen;
    return {};
  }

  OwnIndex& index_;
  std::span<const float> queries_;
  size_t dimension_, next_ = 0, oldest_ = 0;
};

}  // namespace

Result<ChurnResult> search_while_changing(OwnIndex& index, std::span<const float> queries, size_t dimension, const Churn& churn, const std::stop_token& stop) {
  Writer writer(index, queries, dimension);
  std::atomic<bool> ended = false;
  std::optional<Error> writing, reading;
  std::jthread thread;
  if (churn.rows_per_second > 0) {
    thread = std::jthread([&] {
      if (auto done = writer.run(churn, ended); !done) writing = done.error();
    });
  }
  ChurnResult result;
  const auto start = Clock::now();
  for (size_t i = 0; milliseconds_since(start) < 1000 * churn.seconds && !stop.stop_requested(); i = (i + 1) % (queries.size() / dimension)) {
    const auto before = Clock::now();
    const auto found = index.search(queries.subspan(i * dimension, dimension), {});
    result.times_us.push_back(static_cast<float>(1000 * milliseconds_since(before)));
    if (!found) {
      reading = found.error();
      break;
    }
  }
  ended = true;
  if (thread.joinable()) thread.join();
  for (const auto& error : {writing, reading}) {
    if (error) return std::unexpected(*error);
  }
  result.changes = writer.changes;
  result.unseen = writer.unseen;
  result.slowest_change_ms = writer.slowest_ms;
  return result;
}

}  // namespace nozama
