// Expected failures are values: every function that can fail for an outside reason returns Result<T>.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace nozama {

// A closed set: `server` maps each to one HTTP status and `cli` to one exit code, in one table each.
enum class ErrorCode {
  kInvalidArgument,  // the caller sent something that can never work
  kNotFound,         // the thing named does not exist
  kConflict,         // well-formed, but not against the present state (stale vector, duplicate, in use)
  kTooLarge,         // over a named limit
  kUnsupported,      // a format, version or machine that we do not handle
  kCorrupt,          // bytes that were once ours or claim to be a format, and are damaged
  kBusy,             // a bounded queue is full; try again
  kUnavailable,      // a disk, network or other resource failed or is missing
  kTimeout,          // a deadline passed
  kCancelled,        // stopped on request
  kInternal,         // a fault of ours
};

// `reason` is a stable snake_case slug that programs may match on (the API's problem `code`);
// `message` is for people: it names the file, the line and the remedy where there are any.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string reason;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// return fail(ErrorCode::kInvalidArgument, "bad_crop", "crop must be x,y,w,h in 0..1");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view reason, std::string message) {
  return std::unexpected(Error{code, std::string(reason), std::move(message)});
}

// Passes an error on as it is: `if (!image) return propagate(image);`
template <class T>
[[nodiscard]] std::unexpected<Error> propagate(const Result<T>& result) {
  return std::unexpected(result.error());
}

// Passes an error on with what was being done: "saving product 42: disk full".
template <class T>
[[nodiscard]] std::unexpected<Error> propagate(const Result<T>& result, std::string_view context) {
  Error error = result.error();
  error.message = std::string(context) + ": " + error.message;
  return std::unexpected(std::move(error));
}

std::string_view error_code_name(ErrorCode code);

// A broken invariant of ours: prints the message and aborts, in release too. Never for outside data.
[[noreturn]] void abort_with(std::string_view message);

}  // namespace nozama
