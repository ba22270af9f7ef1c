#include "base/trace.h"

#include <algorithm>

#include "base/hash.h"

namespace nozama {
namespace {

thread_local const TraceContext* current = nullptr;

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) {
  constexpr size_t kLength = 55;  // of version 00
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const std::string_view version = header.substr(0, 2), trace = header.substr(3, 32), parent = header.substr(36, 16), flags = header.substr(53, 2);
  if (!is_hex(version, 2) || version == "ff" || !is_hex(trace, 32) || !is_hex(parent, 16) || !is_hex(flags, 2)) return std::nullopt;
  if (is_zero(trace) || is_zero(parent)) return std::nullopt;
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  return TraceContext{std::string(trace), std::string(parent), std::string(flags)};
}

TraceContext child_of(const TraceContext& caller) { return {caller.trace_id, random_hex(8), caller.flags}; }

TraceScope::TraceScope(const std::optional<TraceContext>& trace) : before_(current) { current = trace ? &*trace : nullptr; }

TraceScope::~TraceScope() { current = before_; }

const TraceContext* current_trace() { return current; }

}  // namespace nozama
