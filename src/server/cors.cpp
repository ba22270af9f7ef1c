#include "server/cors.h"

#include <algorithm>

namespace nozama {

CorsPolicy::CorsPolicy(std::vector<std::string> origins) : origins_(std::move(origins)) {
  for (std::string& origin : origins_) {
    while (origin.ends_with('/')) origin.pop_back();  // people write "https://shop.example/"; browsers never send that
  }
  any_ = std::ranges::find(origins_, "*") != origins_.end();
}

bool CorsPolicy::allows(std::string_view origin) const { return any_ || std::ranges::find(origins_, origin) != origins_.end(); }

void CorsPolicy::apply(const Request& request, Response& response) const {
  if (origins_.empty()) return;
  // Caches must not hand one origin's answer to another.
  if (!any_) response.headers.emplace_back("Vary", "Origin");
  const std::string_view origin = request.header("origin");
  if (origin.empty() || !allows(origin)) return;
  let_read(any_ ? "*" : std::string(origin), response);
}

void CorsPolicy::let_read(const std::string& origin, Response& response) {
  response.set_header("Access-Control-Allow-Origin", origin);
  response.set_header("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset");
}

Response CorsPolicy::preflight(const Request& request, const std::string& allow, bool for_anyone) const {
  Response response;
  response.status = 204;
  response.set_header("Allow", allow);
  const std::string_view origin = request.header("origin");
  const bool is_preflight = !origin.empty() && !request.header("access-control-request-method").empty();
  if (!is_preflight || !(for_anyone || allows(origin))) return response;
  let_read(any_ ? "*" : std::string(origin), response);
  response.set_header("Access-Control-Allow-Methods", allow);
  response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id");
  response.set_header("Access-Control-Max-Age", "86400");
  return response;
}

}  // namespace nozama
