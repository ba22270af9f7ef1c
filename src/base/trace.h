// Which request of whom this work is part of, as other systems know it: W3C Trace Context, https://www.w3.org/TR/trace-context/
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nozama {

struct TraceContext {
  std::string trace_id;      // 32 lower-case hexadecimal digits, the same through all systems
  std::string parent_id;     // 16, of the caller's part
  std::string flags = "00";  // two; the lowest bit: the caller keeps this trace

  std::string traceparent() const { return "00-" + trace_id + "-" + parent_id + "-" + flags; }
};

// The header of version 00, and of later ones as far as 00 reads them; nothing for anything else, which is then as if it had not come.
std::optional<TraceContext> parse_traceparent(std::string_view header);

// The same trace with a part of our own.
TraceContext child_of(const TraceContext& caller);

// While it lives, what this thread asks of other servers carries the trace, and its log lines name it.
class TraceScope {
 public:
  explicit TraceScope(const std::optional<TraceContext>& trace);  // borrowed
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;
  ~TraceScope();

 private:
  const TraceContext* before_;
};

const TraceContext* current_trace();  // of this thread; null = none

}  // namespace nozama
