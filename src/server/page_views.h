// What the pages of products and categories say of themselves: titles, Open Graph, schema.org, and the essentials for
// readers without JavaScript.
#pragma once

#include <string>
#include <vector>

#include "catalog/records.h"
#include "engine/engine.h"
#include "server/page_shell.h"

namespace nozama {

// Of the site as this request sees it.
struct PageSite {
  std::string base_url;  // "https://shop.example", without a slash at the end; "" = unknown, and addresses are left relative
  std::string lang;      // of the page
  bool lang_in_url = false;
  ShopInfo shop;
};

PageContent home_page(const PageSite& site, const std::vector<CategoryNode>& categories, const std::vector<ProductCard>& products);
PageContent product_page(const PageSite& site, const ProductDetails& product);
// `path`: root first, the category itself last. `children`: those right below it.
PageContent category_page(const PageSite& site, const std::vector<CategoryNode>& path, const std::vector<CategoryNode>& children,
                          const std::vector<ProductCard>& products);
// Of the app's other pages; `path` is theirs.
PageContent plain_page(const PageSite& site, const std::string& path);
PageContent missing_page(const PageSite& site);

}  // namespace nozama
