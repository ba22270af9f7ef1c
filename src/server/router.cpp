#include "server/router.h"

#include <optional>
#include <set>
#include <utility>

namespace nozama {
namespace {

bool is_capture(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

struct PathMatch {
  std::vector<std::string> captures;
};

std::optional<PathMatch> match_path(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  PathMatch match;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (is_capture(pattern[i])) {
      if (segments[i].empty()) return std::nullopt;
      match.captures.push_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return match;
}

std::string join_methods(std::set<std::string> methods) {
  if (methods.contains("GET")) methods.insert("HEAD");
  methods.insert("OPTIONS");
  std::string joined;
  for (const std::string& method : methods) joined += (joined.empty() ? "" : ", ") + method;
  return joined;
}

}  // namespace

void Router::add(Route route) {
  const auto target = parse_target(route.pattern);
  if (!target) abort_with("route pattern " + route.pattern + ": " + target.error().message);
  entries_.push_back({std::move(route), target->segments});
}

RouteMatch Router::find(std::string_view method, const std::vector<std::string>& segments) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  RouteMatch best;
  std::set<std::string> methods;
  for (const Entry& entry : entries_) {
    auto match = match_path(entry.segments, segments);
    if (!match) continue;
    methods.insert(entry.route.method);
    if (entry.route.method != wanted) continue;
    if (best.route == nullptr || match->captures.size() < best.captures.size()) {
      best.route = &entry.route;
      best.captures = std::move(match->captures);
    }
  }
  if (!methods.empty()) best.allow = join_methods(std::move(methods));
  return best;
}

}  // namespace nozama
