#include "server/rate_limit.h"

#include <algorithm>
#include <cmath>

#include "net/address_guard.h"

namespace nozama {
namespace {

constexpr size_t kClientsMax = 50'000;

}  // namespace

double RateLimiter::tokens_now(const Bucket& bucket, Clock::time_point now) const {
  const double minutes = std::chrono::duration<double>(now - bucket.filled).count() / 60;
  return std::min(static_cast<double>(per_minute_), bucket.tokens + minutes * static_cast<double>(per_minute_));
}

void RateLimiter::make_room(Clock::time_point now) {
  if (buckets_.size() < kClientsMax) return;
  std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.filled >= std::chrono::minutes(1); });
  // A flood of addresses: nobody among them is worth more than the newcomer.
  if (buckets_.size() >= kClientsMax) buckets_.erase(buckets_.begin());
}

RateVerdict RateLimiter::take(std::string_view client, Clock::time_point now) {
  if (per_minute_ <= 0) return {};
  const std::scoped_lock lock(mutex_);
  auto found = buckets_.find(std::string(client));
  if (found == buckets_.end()) {
    make_room(now);
    found = buckets_.emplace(std::string(client), Bucket{static_cast<double>(per_minute_), now}).first;
  }
  Bucket& bucket = found->second;
  double tokens = tokens_now(bucket, now);
  const bool allowed = tokens >= 1;
  if (allowed) tokens -= 1;
  bucket = {tokens, now};
  const double missing = std::max(0.0, 1 - tokens);
  return {.allowed = allowed,
          .limit = per_minute_,
          .remaining = static_cast<int64_t>(tokens),
          .wait_s = static_cast<int64_t>(std::ceil(missing * 60 / static_cast<double>(per_minute_)))};
}

void RateLimiter::give_back(std::string_view client) {
  const std::scoped_lock lock(mutex_);
  const auto found = buckets_.find(std::string(client));
  if (found != buckets_.end()) found->second.tokens = std::min(found->second.tokens + 1, static_cast<double>(per_minute_));
}

size_t RateLimiter::size() const {
  const std::scoped_lock lock(mutex_);
  return buckets_.size();
}

std::string rate_client(std::string_view address) {
  auto parsed = parse_ip_address(address);
  if (!parsed || parsed->is_v4) return std::string(address);
  std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), uint8_t{0});
  return ip_address_text(*parsed) + "/64";
}

}  // namespace nozama
