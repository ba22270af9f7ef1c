#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nozama {

// Milliseconds since the Unix epoch, UTC.
int64_t unix_time_ms();

// "2026-01-31T23:59:59.123Z"
std::string format_utc(int64_t unix_ms);

// Elapsed time since construction or the last lap().
class Stopwatch {
 public:
  double elapsed_ms() const;
  // Returns the milliseconds since the last lap and starts the next one.
  double lap_ms();

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace nozama
