// Cross-origin rules: which other sites' pages may call the API.
#pragma once

#include <string>
#include <vector>

#include "server/http.h"

namespace nozama {

class CorsPolicy {
 public:
  // Origins as browsers send them ("https://shop.example"); "*" = any.
  explicit CorsPolicy(std::vector<std::string> origins);

  // Adds the headers that let an allowed origin read the answer. Never credentials: the API has no cookies.
  void apply(const Request& request, Response& response) const;

  // The answer to OPTIONS; `allow` is the route's Allow value.
  Response preflight(const Request& request, const std::string& allow) const;

 private:
  bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace nozama
