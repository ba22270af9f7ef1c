// Files that outsiders name by URL: pictures of feeds and of searches.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/retry.h"

namespace nozama {

struct FetchOptions {
  std::vector<std::string> own_networks = {};  // beside the public addresses: "10.1.0.0/16"
  size_t bytes_max = size_t{32} << 20;
  int redirects_max = 5;
  RetryOptions retry = {};
  long connect_timeout_ms = 5'000;
  long timeout_ms = 60'000;    // of one attempt
  int host_failures_max = 3;   // fetches that failed to connect, one after the other, before a host is left alone
  int host_pause_ms = 60'000;  // for so long
};

// What the server said of the file when it was last fetched; empty = nothing.
struct FileVersion {
  std::string etag, last_modified;
};

struct FetchedFile {
  bool not_modified = false;  // since the version that was named; then there are no bytes
  std::vector<std::byte> bytes;
  FileVersion version;
};

// Follows redirects, each checked like the first URL (address_guard.h). Thread-safe.
class GuardedFetcher {
 public:
  static Result<std::unique_ptr<GuardedFetcher>> make(FetchOptions options);
  ~GuardedFetcher();

  // Waits, also between attempts. Errors beside HttpClient's and AddressGuard's: kNotFound "not_there" (404, 410);
  // kUnavailable "server_refused" (another status), "too_many_redirects", "host_paused".
  Result<FetchedFile> fetch(const std::string& url, const FileVersion& known, const std::stop_token& stop);

 private:
  struct State;
  explicit GuardedFetcher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nozama
