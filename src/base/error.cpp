#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace nozama {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kTooLarge: return "too_large";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kInternal: return "internal";
  }
  abort_with("unknown ErrorCode");
}

void abort_with(std::string_view message) {
  std::fprintf(stderr, "nozama: broken invariant: %.*s\n", static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace nozama
