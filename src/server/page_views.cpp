#include "server/page_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "catalog/money.h"
#include "server/markup.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr int kListPictureWidth = 320;
constexpr int kPagePictureWidth = 1280;
constexpr size_t kPicturesMax = 10;

struct Words {
  std::string_view lang, home, categories, products, in_stock, out_of_stock, not_found;
};
constexpr std::array kWords = {
    Words{"en", "Show a photo, see the products that look like it.", "Categories", "Products", "In stock", "Out of stock", "This page does not exist"},
    Words{"de", "Ein Foto zeigen, ähnliche Produkte sehen.", "Kategorien", "Produkte", "Auf Lager", "Nicht auf Lager", "Diese Seite gibt es nicht"},
    Words{"fr", "Montrez une photo, voyez les produits qui lui ressemblent.", "Catégories", "Produits", "En stock", "Épuisé", "Cette page n’existe pas"},
    Words{"es", "Muestra una foto y verás los productos que se le parecen.", "Categorías", "Productos", "En existencias", "Agotado", "Esta página no existe"},
    Words{"ja", "写真を見せると、似ている商品が見つかります。", "カテゴリー", "商品", "在庫あり", "在庫なし", "このページはありません"},
};

// Of the app's pages about the shop itself.
struct PlainPage {
  std::string_view path, lang, title, description;
};
constexpr std::array kPlainPages = {
    PlainPage{"/how-to-use", "en", "How to search with a photo", "Bring in a photo, frame what you mean, refine by words, colours and likes."},
    PlainPage{"/how-to-use", "de", "Mit einem Foto suchen", "Ein Foto bringen, einrahmen, was gemeint ist, mit Worten, Farben und Gefallen verfeinern."},
    PlainPage{"/how-to-use", "fr", "Chercher avec une photo",
              "Apportez une photo, cadrez ce que vous cherchez, précisez par des mots, des couleurs et vos goûts."},
    PlainPage{"/how-to-use", "es", "Cómo buscar con una foto", "Traiga una foto, encuadre lo que busca y precise con palabras, colores y gustos."},
    PlainPage{"/how-to-use", "ja", "写真で探す方法", "写真を入れ、探したい部分を囲み、言葉や色や好みで絞り込みます。"},
    PlainPage{"/how-it-works", "en", "How it works", "From a photo to the products that look like it, step by step, with your own photo."},
    PlainPage{"/how-it-works", "de", "So funktioniert es", "Von einem Foto zu den Produkten, die ihm gleichen, Schritt für Schritt, mit Ihrem eigenen Foto."},
    PlainPage{"/how-it-works", "fr", "Comment ça marche", "D’une photo aux produits qui lui ressemblent, pas à pas, avec votre propre photo."},
    PlainPage{"/how-it-works", "es", "Cómo funciona", "De una foto a los productos que se le parecen, paso a paso, con su propia foto."},
    PlainPage{"/how-it-works", "ja", "しくみ", "写真から似た商品が見つかるまでを、ご自分の写真で順に示します。"},
    PlainPage{"/privacy", "en", "Privacy", "What happens to your photo, and what this shop and your browser keep."},
    PlainPage{"/privacy", "de", "Datenschutz", "Was mit Ihrem Foto geschieht, und was dieser Shop und Ihr Browser behalten."},
    PlainPage{"/privacy", "fr", "Confidentialité", "Ce qui arrive à votre photo, et ce que gardent cette boutique et votre navigateur."},
    PlainPage{"/privacy", "es", "Privacidad", "Qué pasa con su foto, y qué guardan esta tienda y su navegador."},
    PlainPage{"/privacy", "ja", "プライバシー", "写真がどう扱われるか、このショップとブラウザーに何が残るか。"},
};

// nullptr: the page has no words of its own.
const PlainPage* plain_words(std::string_view path, std::string_view lang) {
  const PlainPage* english = nullptr;
  for (const PlainPage& page : kPlainPages) {
    if (page.path != path) continue;
    if (page.lang == lang.substr(0, 2)) return &page;
    if (page.lang == "en") english = &page;
  }
  return english;
}

const Words& words_of(std::string_view lang) {
  const auto found = std::ranges::find(kWords, lang.substr(0, 2), &Words::lang);
  return found != kWords.end() ? *found : kWords.front();
}

json::string text(std::string_view value) {
  const std::string plain = plain_text(value);
  return json::string(plain.data(), plain.size());
}

std::string product_path(std::string_view id) { return "/product/" + path_segment(id); }
std::string category_path(std::string_view slug) { return "/category/" + path_segment(slug); }
std::string picture_path(std::string_view hash, int width) { return fmt::format("/media/{}/{}.webp", hash, width); }
std::string shop_name(const PageSite& site) { return site.shop.name.empty() ? "Nozama" : site.shop.name; }

std::string in_language(const std::string& url, std::string_view lang) { return url + "?lang=" + path_segment(lang); }

PageContent start_page(const PageSite& site, const std::string& path) {
  PageContent content;
  content.lang = site.lang;
  content.site_name = shop_name(site);
  if (site.base_url.empty()) return content;
  const std::string url = site.base_url + path;
  content.canonical = site.lang_in_url ? in_language(url, site.lang) : url;
  if (site.shop.languages.size() < 2) return content;
  for (const std::string& lang : site.shop.languages) content.alternates.push_back({lang, in_language(url, lang)});
  content.alternates.push_back({"x-default", url});
  return content;
}

std::string title_of(const PageSite& site, std::string_view subject) { return fmt::format("{} – {}", subject, shop_name(site)); }

std::string price_text(const ProductCard& product) {
  return product.price_minor ? format_money(*product.price_minor, product.currency) + " " + product.currency : "";
}

std::string stock_text(const ProductCard& product, std::string_view lang) {
  return std::string(product.in_stock ? words_of(lang).in_stock : words_of(lang).out_of_stock);
}

std::string link(const std::string& path, std::string_view label) { return fmt::format("<a href=\"{}\">{}</a>", html_escaped(path), html_escaped(label)); }

std::string picture_markup(std::string_view hash, std::string_view alt) {
  if (hash.empty()) return "";
  return fmt::format("<img src=\"{}\" alt=\"{}\" width=\"{}\" height=\"{}\" loading=\"lazy\">", picture_path(hash, kListPictureWidth), html_escaped(alt),
                     kListPictureWidth, kListPictureWidth);
}

std::string category_list(const std::vector<CategoryNode>& categories, std::string_view lang) {
  if (categories.empty()) return "";
  std::string list = fmt::format("<h2>{}</h2>\n<ul>\n", words_of(lang).categories);
  for (const CategoryNode& category : categories) list += "<li>" + link(category_path(category.slug), category.name) + "</li>\n";
  return list + "</ul>\n";
}

std::string product_list(const std::vector<ProductCard>& products, std::string_view lang) {
  if (products.empty()) return "";
  std::string list = fmt::format("<h2>{}</h2>\n<ul>\n", words_of(lang).products);
  for (const ProductCard& product : products) {
    list += fmt::format("<li>{}{} {}</li>\n", picture_markup(product.picture_hash, ""), link(product_path(product.external_id), product.title),
                        html_escaped(price_text(product)));
  }
  return list + "</ul>\n";
}

json::object breadcrumb_list(const PageSite& site, const std::vector<CategoryRef>& steps, const CategoryRef& last, const std::string& last_path) {
  json::array items;
  const auto add = [&](std::string_view name, const std::string& path) {
    items.push_back({{"@type", "ListItem"}, {"position", items.size() + 1}, {"name", text(name)}, {"item", site.base_url + path}});
  };
  add(shop_name(site), "/");
  for (const CategoryRef& step : steps) add(step.name, category_path(step.slug));
  add(last.name, last_path);
  return {{"@context", "https://schema.org"}, {"@type", "BreadcrumbList"}, {"itemListElement", std::move(items)}};
}

json::object item_list(const PageSite& site, const std::vector<ProductCard>& products) {
  json::array items;
  for (const ProductCard& product : products) {
    items.push_back(
        {{"@type", "ListItem"}, {"position", items.size() + 1}, {"url", site.base_url + product_path(product.external_id)}, {"name", text(product.title)}});
  }
  return {{"@type", "ItemList"}, {"numberOfItems", items.size()}, {"itemListElement", std::move(items)}};
}

json::object offer(const PageSite& site, const ProductDetails& product) {
  const ProductCard& card = product.card;
  json::object object{{"@type", "Offer"},
                      {"url", site.base_url + product_path(card.external_id)},
                      {"priceCurrency", text(card.currency)},
                      {"price", format_money(*card.price_minor, card.currency)},
                      {"availability", card.in_stock ? "https://schema.org/InStock" : "https://schema.org/OutOfStock"}};
  int64_t low = *card.price_minor, high = low;
  for (const VariantDetails& variant : product.variants) {
    low = std::min(low, variant.price_minor.value_or(low));
    high = std::max(high, variant.price_minor.value_or(high));
  }
  if (low == high) return object;
  object.erase("price");
  object["@type"] = "AggregateOffer";
  object["lowPrice"] = format_money(low, card.currency);
  object["highPrice"] = format_money(high, card.currency);
  object["offerCount"] = product.variants.size();
  return object;
}

json::object product_data(const PageSite& site, const ProductDetails& product) {
  const ProductCard& card = product.card;
  json::object data{{"@context", "https://schema.org"}, {"@type", "Product"}, {"name", text(card.title)}, {"sku", text(card.external_id)}};
  data["url"] = site.base_url + product_path(card.external_id);
  if (!product.description.empty()) data["description"] = text(product.description);
  json::array pictures;
  for (const PictureDetails& picture : product.pictures) {
    if (pictures.size() < kPicturesMax) pictures.emplace_back(site.base_url + picture_path(picture.content_hash, kPagePictureWidth));
  }
  if (!pictures.empty()) data["image"] = std::move(pictures);
  if (!card.brand.empty()) data["brand"] = {{"@type", "Brand"}, {"name", text(card.brand)}};
  if (!card.category_name.empty()) data["category"] = text(card.category_name);
  if (card.price_minor) data["offers"] = offer(site, product);
  // Without votes a rating is no rating for search engines.
  if (card.rating && card.rating_count > 0) {
    data["aggregateRating"] = {{"@type", "AggregateRating"},
                               {"ratingValue", fmt::format("{:.2f}", *card.rating)},
                               {"bestRating", "5"},
                               {"worstRating", "0"},
                               {"ratingCount", card.rating_count}};
  }
  return data;
}

}  // namespace

PageContent home_page(const PageSite& site, const std::vector<CategoryNode>& categories, const std::vector<ProductCard>& products) {
  PageContent content = start_page(site, "/");
  content.title = title_of(site, words_of(site.lang).home);
  content.description = words_of(site.lang).home;
  if (!products.empty() && !products.front().picture_hash.empty()) {
    content.picture = site.base_url + picture_path(products.front().picture_hash, kPagePictureWidth);
  }
  std::vector<CategoryNode> roots;
  std::ranges::copy_if(categories, std::back_inserter(roots), [](const CategoryNode& node) { return node.depth == 0 && node.product_count > 0; });
  content.structured_data.push_back(
      json::serialize(json::object{{"@context", "https://schema.org"}, {"@type", "WebSite"}, {"name", text(shop_name(site))}, {"url", site.base_url + "/"}}));
  content.body = fmt::format("<h1>{}</h1>\n<p>{}</p>\n", html_escaped(shop_name(site)), html_escaped(content.description)) + category_list(roots, site.lang) +
                 product_list(products, site.lang);
  return content;
}

PageContent product_page(const PageSite& site, const ProductDetails& product) {
  const ProductCard& card = product.card;
  const std::string path = product_path(card.external_id);
  PageContent content = start_page(site, path);
  content.kind = "product";
  content.title = title_of(site, card.title);
  content.description = !product.description.empty() ? product.description : fmt::format("{} {} {}", card.title, card.brand, price_text(card));
  if (!card.picture_hash.empty()) content.picture = site.base_url + picture_path(card.picture_hash, kPagePictureWidth);
  if (card.price_minor) {
    content.properties = {{"product:price:amount", format_money(*card.price_minor, card.currency)}, {"product:price:currency", card.currency}};
  }
  content.properties.emplace_back("product:availability", card.in_stock ? "in stock" : "out of stock");
  if (!card.brand.empty()) content.properties.emplace_back("product:brand", card.brand);
  content.structured_data.push_back(json::serialize(product_data(site, product)));
  content.structured_data.push_back(json::serialize(breadcrumb_list(site, product.breadcrumbs, {"", card.title}, path)));

  content.body = "<nav>" + link("/", shop_name(site));
  for (const CategoryRef& step : product.breadcrumbs) content.body += " › " + link(category_path(step.slug), step.name);
  content.body += fmt::format("</nav>\n<h1>{}</h1>\n{}\n", html_escaped(card.title), picture_markup(card.picture_hash, card.title));
  content.body += fmt::format("<p><strong>{}</strong> {}</p>\n", html_escaped(price_text(card)), stock_text(card, site.lang));
  if (!card.brand.empty()) content.body += fmt::format("<p>{}</p>\n", html_escaped(card.brand));
  if (!product.description.empty()) content.body += fmt::format("<p>{}</p>\n", html_escaped(product.description));
  return content;
}

PageContent category_page(const PageSite& site, const std::vector<CategoryNode>& path, const std::vector<CategoryNode>& children,
                          const std::vector<ProductCard>& products) {
  const CategoryNode& category = path.back();
  PageContent content = start_page(site, category_path(category.slug));
  content.title = title_of(site, category.name);
  std::vector<CategoryRef> steps;
  for (const CategoryNode& step : path) steps.push_back({step.slug, step.name});
  steps.pop_back();
  std::string names;
  for (const ProductCard& product : products) names += (names.empty() ? "" : ", ") + product.title;
  content.description = names.empty() ? category.name : category.name + ": " + names;
  if (!category.picture_hash.empty()) content.picture = site.base_url + picture_path(category.picture_hash, kPagePictureWidth);
  content.structured_data.push_back(json::serialize(json::object{{"@context", "https://schema.org"},
                                                                 {"@type", "CollectionPage"},
                                                                 {"name", text(category.name)},
                                                                 {"url", site.base_url + category_path(category.slug)},
                                                                 {"mainEntity", item_list(site, products)}}));
  content.structured_data.push_back(json::serialize(breadcrumb_list(site, steps, {category.slug, category.name}, category_path(category.slug))));

  content.body = "<nav>" + link("/", shop_name(site));
  for (const CategoryRef& step : steps) content.body += " › " + link(category_path(step.slug), step.name);
  content.body += fmt::format("</nav>\n<h1>{}</h1>\n", html_escaped(category.name)) + category_list(children, site.lang) + product_list(products, site.lang);
  return content;
}

PageContent plain_page(const PageSite& site, const std::string& path) {
  PageContent content = start_page(site, path);
  const PlainPage* const own = plain_words(path, site.lang);
  content.title = title_of(site, own != nullptr ? own->title : words_of(site.lang).home);
  content.description = own != nullptr ? own->description : words_of(site.lang).home;
  if (own != nullptr) content.body = fmt::format("<h1>{}</h1>\n<p>{}</p>\n", own->title, own->description);
  return content;
}

PageContent missing_page(const PageSite& site) {
  PageContent content;
  content.lang = site.lang;
  content.site_name = shop_name(site);
  content.indexed = false;
  content.title = title_of(site, words_of(site.lang).not_found);
  content.body = fmt::format("<h1>{}</h1>\n<p>{}</p>\n", words_of(site.lang).not_found, link("/", shop_name(site)));
  return content;
}

}  // namespace nozama
