// A request and an answer as our handlers see them: plain values, without a network library.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/trace.h"
#include "catalog/roles.h"

namespace nozama {

using NameValue = std::pair<std::string, std::string>;

struct Request {
  std::string method;                 // as sent: "GET"
  std::string path;                   // as sent, without the query
  std::vector<std::string> segments;  // of the path, percent-decoded: "/a/b%2Fc" is {"a", "b/c"}, "/" is {}
  std::vector<NameValue> query;       // percent-decoded, in the order sent
  std::vector<NameValue> headers;     // names in lower case
  std::vector<std::string> captures;  // what the route's {…} segments matched
  std::string body;
  std::vector<std::byte> fetched;     // what the route's `gather` got from elsewhere
  std::string id;                     // of this request, for logs and problem answers
  std::string client_address;         // who asks, past trusted proxies (client_origin.h): for logs and limits
  std::optional<TraceContext> trace;  // of the caller's traceparent, if that is valid
  bool over_https = false;            // as the client sees it
  Principal principal;                // known before the handler runs; without scopes when no credentials came
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;  // requested when nobody waits for the answer any more

  // The first header of that (lower-case) name, or "".
  std::string_view header(std::string_view name) const;
};

struct StreamPiece {
  std::string text;
  int pause_ms = 0;  // before the next piece is asked for
  bool last = false;
};

// A body that is made while it is sent: of any length in bounded memory.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next piece. Called on the pool for streams, one call at a time, when the one before has been sent. `stop` is requested when the client
  // has gone or the server stops. An error ends the connection amid the body, so that nobody takes a part for the whole.
  virtual Result<StreamPiece> next(const std::stop_token& stop) = 0;
};

// Static spans are of the program's own read-only data. A stream is shared with the call of next() that its connection may not outlive; it may
// borrow from the request.
using ResponseBody = std::variant<std::string, std::vector<std::byte>, std::span<const unsigned char>, std::shared_ptr<BodyStream>>;

struct Response {
  int status = 200;
  std::string content_type;
  ResponseBody body;
  std::vector<NameValue> headers;
  std::string audit;  // what was done, for the audit log, where method, path and status do not say it

  std::string_view body_text() const;                         // "" of a stream
  BodyStream* stream() const;                                 // null: the body is whole
  void set_header(std::string_view name, std::string value);  // replaces one of the same name
  std::string_view header(std::string_view name) const;       // "" when absent; names compare as written
};

struct Target {
  std::string path;
  std::vector<std::string> segments;
  std::vector<NameValue> query;
};

// Reads "/path?query" (the origin form of RFC 9112). kInvalidArgument "bad_request" for anything else, for broken
// percent-encoding and for encoded NUL. '+' is a space in the query only.
Result<Target> parse_target(std::string_view target);

// "a=1&b=2" as of a query or of application/x-www-form-urlencoded.
Result<std::vector<NameValue>> parse_query(std::string_view query);

std::string to_lower_ascii(std::string_view text);

// The media type without its parameters, in lower case: "Text/HTML; charset=utf-8" is "text/html".
std::string media_type(std::string_view content_type);

// The quality (0..1) that an Accept or Accept-Encoding list gives to `item`: exact name, else "*", "*/*" or
// "text/*"; 0 when none fits.
double accept_quality(std::string_view list, std::string_view item);

}  // namespace nozama
