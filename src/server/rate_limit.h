// How often one client may ask: token buckets in memory, one a client.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nozama {

// Requests of one client in a minute, of each kind; 0 = any number.
struct RateLimits {
  int64_t searches = 0;
  int64_t sign_ins = 30;
  int64_t writes = 6000;
};

struct RateVerdict {
  bool allowed = true;
  int64_t limit = 0;      // the most at once
  int64_t remaining = 0;  // of these, now
  int64_t wait_s = 0;     // until the next is allowed; 0 = at once
};

// A bucket holds a minute's worth, and fills evenly. Thread-safe. Remembers at most some ten thousand clients; those that were quiet for a
// minute are forgotten first.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimiter(int64_t per_minute) : per_minute_(per_minute) {}

  // Takes one, when there is one.
  RateVerdict take(std::string_view client, Clock::time_point now = Clock::now());
  // What was taken for something that turned out not to count.
  void give_back(std::string_view client);
  size_t size() const;

 private:
  struct Bucket {
    double tokens = 0;
    Clock::time_point filled;
  };
  double tokens_now(const Bucket& bucket, Clock::time_point now) const;
  void make_room(Clock::time_point now);

  const int64_t per_minute_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

// Whom an address stands for: itself, or the /64 of an IPv6 address, which one customer has whole.
std::string rate_client(std::string_view address);

}  // namespace nozama
