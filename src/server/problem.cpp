#include "server/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "server/json_views.h"

namespace nozama {
namespace {

struct ReasonStatus {
  std::string_view reason;
  int status;
};

// Where the reason says more than the code.
constexpr std::array kReasonStatuses = {
    ReasonStatus{"method_not_allowed", 405},
    ReasonStatus{"request_timeout", 408},
    ReasonStatus{"headers_too_large", 431},
    // A damaged photo is the caller's: it must not read as a fault of ours.
    ReasonStatus{"damaged_image", 422},
    ReasonStatus{"idempotency_key_reused", 422},
    ReasonStatus{"product_changed", 412},
    ReasonStatus{"product_exists", 412},
    ReasonStatus{"sign_in_required", 401},
    ReasonStatus{"bad_credentials", 401},
    ReasonStatus{"not_allowed", 403},
    ReasonStatus{"origin_not_allowed", 403},
    ReasonStatus{"csrf", 403},
    ReasonStatus{"email_unverified", 403},
    ReasonStatus{"wrong_password", 401},
    ReasonStatus{"too_many_attempts", 429},
    ReasonStatus{"rate_limited", 429},
    ReasonStatus{"fetch_off", 403},
    ReasonStatus{"fetch_failed", 422},
    ReasonStatus{"not_a_picture", 422},
    // For the metrics and the log: nobody reads this answer.
    ReasonStatus{"client_gone", 499},
    // A category is named in a parameter, not by the path.
    ReasonStatus{"unknown_category", 400},
};

constexpr int kRetryAfterSeconds = 1;

int status_of_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kTooLarge: return 413;
    case ErrorCode::kUnsupported: return 415;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kBusy:
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled: return 503;
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

// The contract's codes of our own failures are few: what exactly failed is the operator's business.
std::string_view public_code(const Error& error, int status) {
  if (status < 500) return error.reason;
  switch (error.code) {
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kUnavailable: return "not_ready";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kCancelled: return "stopping";
    default: return "internal";
  }
}

std::string_view public_detail(const Error& error, int status) {
  if (status < 500) return error.message;
  if (error.code == ErrorCode::kBusy) return "Too many requests are waiting. Try again in a moment.";
  if (error.code == ErrorCode::kTimeout) return "The request took longer than it may.";
  if (error.code == ErrorCode::kCancelled) return "The service is stopping.";
  if (status == 503) return "This part of the service is not available now. The operator finds the cause in the log under the request id.";
  return "Something went wrong on our side. The operator finds the cause in the log under the request id.";
}

}  // namespace

int http_status(const Error& error) {
  const auto found = std::ranges::find(kReasonStatuses, std::string_view(error.reason), &ReasonStatus::reason);
  return found != kReasonStatuses.end() ? found->status : status_of_code(error.code);
}

std::string_view status_title(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Error";
  }
}

Response problem_response(const Error& error, std::string_view request_id) {
  const int status = http_status(error);
  if (status >= 500 && error.code != ErrorCode::kBusy) {
    log_error("request_failed", {{"request_id", std::string(request_id)}, {"code", error.reason}, {"detail", error.message}});
  }
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.headers.emplace_back("Cache-Control", "no-store");
  if (status == 503) response.headers.emplace_back("Retry-After", fmt::format("{}", kRetryAfterSeconds));
  response.body = problem_json(
      {.title = status_title(status), .status = status, .detail = public_detail(error, status), .code = public_code(error, status), .request_id = request_id});
  return response;
}

}  // namespace nozama
