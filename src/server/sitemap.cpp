#include "server/sitemap.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/gzip.h"
#include "catalog/catalog.h"
#include "server/markup.h"

namespace nozama {
namespace {

constexpr int kProductsAStep = 1000;
constexpr std::string_view kIndexStart = "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
constexpr std::string_view kUrlsStart = "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";

// Files are ranges of ids, so that any of them is found without counting what is before it.
std::optional<int64_t> number_of(std::string_view name) {
  constexpr std::string_view kStart = "products-", kEnd = ".xml";
  if (!name.starts_with(kStart) || !name.ends_with(kEnd) || name.size() < kStart.size() + kEnd.size()) return std::nullopt;
  const std::string_view digits = name.substr(kStart.size(), name.size() - kStart.size() - kEnd.size());
  int64_t number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits != std::to_string(number)) return std::nullopt;
  return number >= 0 && number <= INT64_MAX / Sitemaps::kProductsMax - 1 ? std::optional(number) : std::nullopt;
}

Error no_such_file() { return {ErrorCode::kNotFound, "not_found", "there is no such sitemap; /sitemap.xml names those that there are"}; }

}  // namespace

// Text in pieces, packed on the way or not: a large file is never held in both forms.
struct Sitemaps::Out {
  std::optional<GzipWriter> writer;
  std::string plain;

  void add(std::string_view piece) {
    if (writer) {
      writer->add(piece);
    } else {
      plain += piece;
    }
  }
  void add_url(std::string_view url) { add(fmt::format("<url><loc>{}</loc></url>\n", html_escaped(url))); }
  std::string finish() { return writer ? writer->finish() : std::move(plain); }
};

Result<int64_t> Sitemaps::seq() const { return catalog_.current_seq(); }

Result<Sitemaps::File> Sitemaps::file(const std::string& base_url, const std::string& name, bool compressed) {
  const auto now = seq();
  if (!now) return propagate(now);
  const std::string key = base_url + '\n' + name;
  if (compressed) {
    const std::scoped_lock lock(mutex_);
    const auto found = cached_.find(key);
    if (cached_seq_ == *now && found != cached_.end()) return File{found->second, *now};
  }
  Out out;
  if (compressed) out.writer.emplace();
  const Status written = write(out, base_url, name);
  if (!written) return propagate(written);
  File made{std::make_shared<const std::string>(out.finish()), *now};
  if (!compressed) return made;

  const std::scoped_lock lock(mutex_);
  if (cached_seq_ != *now || cached_bytes_ + made.xml->size() > kCachedBytesMax) {
    cached_.clear();
    cached_bytes_ = 0;
    cached_seq_ = *now;
  }
  if (cached_.emplace(key, made.xml).second) cached_bytes_ += made.xml->size();
  return made;
}

Status Sitemaps::write(Out& out, const std::string& base_url, const std::string& name) const {
  out.add("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  if (name.empty()) return write_index(out, base_url);
  if (name == "pages.xml") return write_pages(out, base_url);
  const auto number = number_of(name);
  return number ? write_products(out, base_url, *number) : Status(std::unexpected(no_such_file()));
}

Status Sitemaps::write_index(Out& out, const std::string& base_url) const {
  const auto add = [&](const std::string& name) { out.add(fmt::format("<sitemap><loc>{}/sitemaps/{}</loc></sitemap>\n", html_escaped(base_url), name)); };
  out.add(kIndexStart);
  add("pages.xml");
  for (ProductId after{0};;) {
    const auto next = catalog_.product_keys(after, 1);
    if (!next) return propagate(next);
    if (next->empty()) break;
    const int64_t number = (next->front().id.value - 1) / kProductsMax;
    add(fmt::format("products-{}.xml", number));
    after.value = (number + 1) * kProductsMax;
  }
  out.add("</sitemapindex>\n");
  return {};
}

Status Sitemaps::write_pages(Out& out, const std::string& base_url) const {
  const auto categories = catalog_.categories("en");
  if (!categories) return propagate(categories);
  out.add(kUrlsStart);
  out.add_url(base_url + "/");
  for (const std::string& page : pages_) out.add_url(base_url + page);
  int64_t left = kProductsMax - 1 - static_cast<int64_t>(pages_.size());
  for (const CategoryNode& category : *categories) {
    if (category.product_count == 0 || left-- <= 0) continue;
    out.add_url(base_url + "/category/" + path_segment(category.slug));
  }
  out.add("</urlset>\n");
  return {};
}

Status Sitemaps::write_products(Out& out, const std::string& base_url, int64_t number) const {
  ProductId after{number * kProductsMax};
  const int64_t last = after.value + kProductsMax;
  bool any = false;
  for (bool more = true; more;) {
    const auto keys = catalog_.product_keys(after, kProductsAStep);
    if (!keys) return propagate(keys);
    more = static_cast<int>(keys->size()) == kProductsAStep;
    for (const ProductKey& key : *keys) {
      if (key.id.value > last) {
        more = false;
        break;
      }
      if (!std::exchange(any, true)) out.add(kUrlsStart);
      out.add_url(base_url + "/product/" + path_segment(key.external_id));
      after = key.id;
    }
  }
  if (!any) return std::unexpected(no_such_file());
  out.add("</urlset>\n");
  return {};
}

}  // namespace nozama
