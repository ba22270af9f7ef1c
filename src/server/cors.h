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

  // Adds the headers that let an allowed origin read the answer. Never credentials: sessions are for the shop's own pages.
  void apply(const Request& request, Response& response) const;

  static void let_read(const std::string& origin, Response& response);

  // The answer to OPTIONS; `allow` is the route's Allow value. `for_anyone`: whatever the origin.
  Response preflight(const Request& request, const std::string& allow, bool for_anyone) const;

 private:
  bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace nozama
