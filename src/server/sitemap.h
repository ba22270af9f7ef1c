// The addresses of all products and categories for search engines (sitemaps.org, protocol 0.9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

class Catalog;

// Thread-safe. Compressed files are kept until the catalogue changes, within kCachedBytesMax.
class Sitemaps {
 public:
  static constexpr int64_t kProductsMax = 50'000;  // of one file: the protocol's limit
  static constexpr size_t kCachedBytesMax = size_t{64} << 20;

  // `pages`: paths that the shop has beside products and categories ("/how-it-works"). The catalogue must outlive this.
  Sitemaps(Catalog& catalog, std::vector<std::string> pages) : catalog_(catalog), pages_(std::move(pages)) {}

  struct File {
    std::shared_ptr<const std::string> xml;
    int64_t seq = 0;  // of the change that it reflects, at least
  };
  // `name`: "" is the index, which names the others: "pages.xml", "products-0.xml", … kNotFound "not_found" for what it would not name.
  // Compressed, or as it is, which is made anew each time.
  Result<File> file(const std::string& base_url, const std::string& name, bool compressed);

  Result<int64_t> seq() const;

 private:
  struct Out;
  Status write(Out& out, const std::string& base_url, const std::string& name) const;
  Status write_index(Out& out, const std::string& base_url) const;
  Status write_pages(Out& out, const std::string& base_url) const;
  Status write_products(Out& out, const std::string& base_url, int64_t number) const;

  Catalog& catalog_;
  std::vector<std::string> pages_;
  std::mutex mutex_;
  int64_t cached_seq_ = -1;
  size_t cached_bytes_ = 0;
  std::map<std::string, std::shared_ptr<const std::string>> cached_;  // by base address and name
};

}  // namespace nozama
