// The storefront: files embedded in the program, compressed beforehand, with the shell page for the app's own paths.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/embedded_files.h"
#include "server/http.h"

namespace nozama {

// Immutable, hence thread-safe.
class StaticFiles {
 public:
  explicit StaticFiles(std::span<const EmbeddedFile> files);

  // The answer to a GET: a file, the app's shell for its own pages, or the shell with status 404 for a browser that asks
  // for a page that nobody knows. Nothing when the path is none of ours and no page was asked for.
  std::optional<Response> serve(const Request& request) const;

  bool empty() const { return files_.empty(); }

  // The page that draws every path of the app, for those who fill it; "" without a storefront.
  std::string_view shell() const;
  const std::string& content_security_policy() const { return content_security_policy_; }
  // The app's own paths: {"search"}, {"product", "{id}"}; {} is the home page.
  const std::vector<std::vector<std::string>>& routes() const { return routes_; }

 private:
  const EmbeddedFile* find(std::string_view path) const;
  const EmbeddedFile* shell_file() const;
  bool is_app_path(const std::vector<std::string>& segments) const;
  Response file_response(const Request& request, const EmbeddedFile& file, bool immutable) const;
  Response page_response(const Request& request, const EmbeddedFile& page, int status) const;

  std::unordered_map<std::string_view, const EmbeddedFile*> files_;
  std::string content_security_policy_;
  std::vector<std::vector<std::string>> routes_;
};

}  // namespace nozama
