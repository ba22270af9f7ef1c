// Method and path pattern → handler.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/roles.h"
#include "server/http.h"

namespace nozama {

// Where a handler runs. Only handlers that touch nothing but memory may run inline, on the I/O thread.
// kFetch: first the route's `gather` on the pool for fetching, then its handler as with kEncode.
// kSignIn: where passwords are hashed, on few threads of their own: many sign-ins at once never hold a search.
// kWrite: changes of the catalogue, which may fetch and encode pictures.
enum class Lane { kInline, kCatalogue, kEncode, kFetch, kWrite, kSignIn };

using Handler = std::function<Response(const Request&)>;
// Fills request.fetched from another server, and gives up when request.stop says so.
using Gather = std::function<Status(Request&)>;

struct Route {
  std::string method;
  std::string pattern;  // "/api/v1/products/{id}": a {…} segment matches any one non-empty segment
  Handler handler;
  Lane (*lane)(const Request&) = nullptr;  // nullptr = kInline; sees the head of the request only
  Scope scope = Scope::kPublic;            // who asks for more is looked up first; kSearch is public too, unless the shop says otherwise
  size_t body_bytes_max = 0;               // 0: the route takes no body
  Gather gather = nullptr;                 // of lane kFetch
  bool any_site = false;                   // pages of every site may ask and read the answer: it is the same for everybody
};

struct RouteMatch {
  const Route* route = nullptr;  // null when no route fits
  std::vector<std::string> captures;
  std::string allow;  // the Allow header's value when the path exists; "" when it does not
};

// Immutable once serving; then thread-safe.
class Router {
 public:
  void add(Route route);

  // A HEAD request finds the GET route. A literal segment is preferred to a {…} one.
  RouteMatch find(std::string_view method, const std::vector<std::string>& segments) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace nozama
