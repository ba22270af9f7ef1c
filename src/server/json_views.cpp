#include "server/json_views.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/clock.h"
#include "catalog/money.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr int kCardPictureWidth = 320;
constexpr int kPagePictureWidth = 1280;

json::string text(std::string_view value) { return json_text(value); }

std::string serialized(const json::value& value) { return json_serialized(value); }

// Six decimals: enough for a score and half the bytes.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }
double two_decimals(double value) { return std::round(value * 100) / 100; }
double rounded_ms(double value) { return std::round(value * 1e3) / 1e3; }

std::string picture_path(std::string_view content_hash, int width) { return fmt::format("/media/{}/{}.webp", content_hash, width); }

json::value picture_url(std::string_view content_hash, int width) {
  if (content_hash.empty()) return nullptr;
  return text(picture_path(content_hash, width));
}

json::value price(const std::optional<int64_t>& minor, std::string_view currency) {
  if (!minor) return nullptr;
  return std::stod(format_money(*minor, currency));
}

json::value text_or_null(std::string_view value) {
  if (value.empty()) return nullptr;
  return text(value);
}

json::value category_or_null(std::string_view slug, std::string_view name) {
  if (slug.empty()) return nullptr;
  return {{"slug", text(slug)}, {"name", text(name)}};
}

json::array colours(const std::vector<ColourRecord>& records) {
  json::array array;
  for (const ColourRecord& colour : records) array.push_back({{"name", text(colour.name)}, {"hex", text(colour.hex)}, {"share", two_decimals(colour.share)}});
  return array;
}

json::object card(const ProductCard& product) {
  json::object object;
  object["id"] = text(product.external_id);
  object["title"] = text(product.title);
  object["price"] = price(product.price_minor, product.currency);
  object["currency"] = text_or_null(product.currency);
  object["brand"] = text_or_null(product.brand);
  object["category"] = category_or_null(product.category_slug, product.category_name);
  object["rating"] = product.rating ? json::value(rounded(*product.rating)) : json::value(nullptr);
  object["rating_count"] = product.rating_count;
  object["in_stock"] = product.in_stock;
  object["image_url"] = picture_url(product.picture_hash, kCardPictureWidth);
  object["url"] = text_or_null(product.url);
  object["colours"] = colours(product.colours);
  return object;
}

json::object box(const CropBox& part) { return {{"x", rounded(part.x)}, {"y", rounded(part.y)}, {"w", rounded(part.w)}, {"h", rounded(part.h)}}; }

json::array regions(const std::vector<PhotoRegion>& found) {
  json::array array;
  for (const PhotoRegion& region : found) {
    array.push_back({{"box", box(region.box)}, {"score", two_decimals(region.score)}, {"vector", text(region.vector)}});
  }
  return array;
}

json::object heat_grid(const HeatGrid& grid) {
  json::array values;
  for (const float value : grid.values) values.push_back(two_decimals(static_cast<double>(value)));
  return {{"box", box(grid.box)}, {"width", grid.width}, {"height", grid.height}, {"values", std::move(values)}};
}

json::value heat_map(const std::optional<HeatMap>& map) {
  if (!map) return nullptr;
  json::object object{{"query", nullptr}, {"product", nullptr}};
  if (map->query) object["query"] = heat_grid(*map->query);
  if (map->product) {
    json::object product = heat_grid(*map->product);
    product["image_url"] = picture_url(map->picture_hash, kCardPictureWidth);
    object["product"] = std::move(product);
  }
  return object;
}

json::object hit(const SearchHit& found) {
  json::array reasons;
  for (const std::string& reason : found.reasons) reasons.push_back(text(reason));
  json::array duplicates;
  for (const std::string& id : found.duplicates) duplicates.push_back(text(id));
  json::object object;
  object["product"] = card(found.product);
  object["score"] = rounded(found.score);
  object["reasons"] = std::move(reasons);
  object["duplicates"] = std::move(duplicates);
  if (found.pinned) object["pinned"] = true;
  return object;
}

json::array hits(const std::vector<SearchHit>& found, bool explained = false) {
  json::array array;
  for (const SearchHit& one : found) {
    json::object object = hit(one);
    if (explained) object["heat_map"] = heat_map(one.heat_map);
    array.push_back(std::move(object));
  }
  return array;
}

json::array attributes(const std::vector<Attribute>& list) {
  json::array array;
  for (const Attribute& attribute : list) array.push_back({{"name", text(attribute.name)}, {"value", text(attribute.value)}});
  return array;
}

json::object variant(const VariantDetails& details, std::string_view currency) {
  json::object object;
  object["key"] = text(details.key);
  object["title"] = text(details.title);
  object["price"] = price(details.price_minor, currency);
  object["in_stock"] = details.in_stock;
  object["attributes"] = attributes(details.attributes);
  return object;
}

json::object picture(const PictureDetails& details) {
  json::object object;
  object["image_url"] = picture_url(details.content_hash, kPagePictureWidth);
  object["thumbnail_url"] = picture_url(details.content_hash, kCardPictureWidth);
  object["width"] = details.width;
  object["height"] = details.height;
  object["variant"] = text_or_null(details.variant_key);
  return object;
}

json::object facets(const FacetCounts& counts) {
  json::array columns;
  for (const Facet& facet : counts.facets) {
    json::object column{{"column", text(facet.column)}};
    if (!facet.values.empty() || facet.buckets.empty()) {
      json::array values;
      for (const FacetValue& value : facet.values) values.push_back({{"value", text(value.value)}, {"count", value.count}});
      column["values"] = std::move(values);
      column["distinct"] = facet.distinct;
    }
    if (!facet.buckets.empty()) {
      json::array buckets;
      for (const FacetBucket& bucket : facet.buckets) buckets.push_back({{"from", bucket.low}, {"below", bucket.high}, {"count", bucket.count}});
      column["buckets"] = std::move(buckets);
    }
    column["without"] = facet.without;
    columns.push_back(std::move(column));
  }
  return {{"total", counts.total}, {"columns", std::move(columns)}};
}

json::object wishes(const TextWishes& read) {
  const auto list = [](const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.push_back(text(value));
    return array;
  };
  return {{"colours", list(read.colours)}, {"categories", list(read.categories)}, {"brands", list(read.brands)}, {"words", list(read.words)}};
}

}  // namespace

std::string search_answer_json(const SearchAnswer& answer, const std::string& query_id) {
  const auto category = [](const CategoryGuess& guess) {
    return json::object{{"slug", text(guess.slug)}, {"name", text(guess.name)}, {"probability", rounded(guess.probability)}};
  };
  json::array categories, shown;
  for (const CategoryGuess& guess : answer.categories) categories.push_back(category(guess));
  for (const AttributeGuess& guess : answer.attributes) {
    shown.push_back({{"name", text(guess.name)}, {"value", text(guess.value)}, {"probability", rounded(guess.probability)}});
  }
  const StageTimings& timings = answer.timings;
  json::object query;
  if (!query_id.empty()) query["id"] = query_id;
  query["vector"] = text(answer.vector);
  query["category"] = answer.category ? json::value(category(*answer.category)) : json::value(nullptr);
  query["categories"] = std::move(categories);
  query["attributes"] = std::move(shown);
  query["timings_ms"] = {{"decode", rounded_ms(timings.decode_ms)},
                         {"encode", rounded_ms(timings.encode_ms)},
                         {"search", rounded_ms(timings.search_ms)},
                         {"rank", rounded_ms(timings.rank_ms)},
                         {"total", rounded_ms(timings.total_ms)}};
  query["min_score"] = rounded(answer.min_score);
  query["colours"] = colours(answer.colours);
  query["regions"] = regions(answer.regions);
  query["wishes"] = wishes(answer.wishes);
  json::object root;
  root["query"] = std::move(query);
  root["results"] = hits(answer.results, answer.explained);
  root["total"] = answer.total;
  root["refused"] = answer.refused;
  root["nearest_available"] = answer.nearest_available;
  if (answer.facets) root["facets"] = facets(*answer.facets);
  return serialized(root);
}

std::string product_json(const ProductDetails& product) {
  json::object root = card(product.card);
  root["description"] = text(product.description);
  root["stock"] = product.stock ? json::value(*product.stock) : json::value(nullptr);
  json::array breadcrumbs;
  for (const CategoryRef& step : product.breadcrumbs) breadcrumbs.push_back({{"slug", text(step.slug)}, {"name", text(step.name)}});
  root["breadcrumbs"] = std::move(breadcrumbs);
  json::array variants;
  for (const VariantDetails& details : product.variants) variants.push_back(variant(details, product.card.currency));
  root["variants"] = std::move(variants);
  json::array pictures;
  for (const PictureDetails& details : product.pictures) pictures.push_back(picture(details));
  root["pictures"] = std::move(pictures);
  root["attributes"] = attributes(product.attributes);
  return serialized(root);
}

std::string product_page_json(const ListAnswer& answer, const ProductListQuery& query, const std::string& query_id) {
  json::array products;
  for (const ProductCard& product : answer.page.products) {
    products.push_back(card(product));
    if (std::ranges::find(answer.pinned, product.id) != answer.pinned.end()) products.back().as_object()["pinned"] = true;
  }
  json::object root{{"products", std::move(products)}, {"total", answer.page.total}, {"limit", query.limit}, {"offset", query.offset}};
  if (!answer.page.next.empty()) root["next"] = answer.page.next;
  if (!query_id.empty()) root["query"] = {{"id", query_id}};
  if (answer.facets) root["facets"] = facets(*answer.facets);
  return serialized(root);
}

std::string rule_preview_json(const RulePreview& preview) {
  const auto list = [](const std::vector<PreviewedProduct>& products) {
    json::array array;
    for (const PreviewedProduct& one : products) {
      array.push_back(card(one.product));
      if (one.pinned) array.back().as_object()["pinned"] = true;
    }
    return array;
  };
  return serialized(json::object{{"without", list(preview.without)}, {"with", list(preview.with)}});
}

std::string suggestions_json(const Suggestions& suggestions) {
  json::array queries, categories, brands, products;
  for (const std::string& query : suggestions.queries) queries.push_back(text(query));
  for (const CategoryNode& node : suggestions.categories) categories.push_back({{"slug", text(node.slug)}, {"name", text(node.name)}});
  for (const std::string& brand : suggestions.brands) brands.push_back(text(brand));
  for (const ProductCard& product : suggestions.products) products.push_back(card(product));
  return serialized(
      json::object{{"queries", std::move(queries)}, {"categories", std::move(categories)}, {"brands", std::move(brands)}, {"products", std::move(products)}});
}

std::string similar_json(const std::vector<SearchHit>& found) { return serialized(json::object{{"results", hits(found)}}); }

std::string product_cards_json(const std::vector<ProductCard>& products) {
  json::array array;
  for (const ProductCard& product : products) array.push_back(card(product));
  return serialized(json::object{{"products", std::move(array)}});
}

std::string categories_json(const std::vector<CategoryNode>& categories) {
  json::array array;
  for (const CategoryNode& node : categories) {
    json::object object;
    object["slug"] = text(node.slug);
    object["name"] = text(node.name);
    object["parent"] = text_or_null(node.parent_slug);
    object["depth"] = node.depth;
    object["product_count"] = node.product_count;
    object["image_url"] = picture_url(node.picture_hash, kCardPictureWidth);
    array.push_back(std::move(object));
  }
  return serialized(json::object{{"categories", std::move(array)}});
}

std::string recall_json(const RecallFigures& figures) {
  const RecallFigures::Window& measured = figures.window;
  const auto latency = [](const RecallFigures::Latency& one) { return json::object{{"p50", rounded_ms(one.p50_ms)}, {"p99", rounded_ms(one.p99_ms)}}; };
  json::value window = nullptr;
  if (measured.searches > 0) {
    window = json::object{{"searches", measured.searches},
                          {"recall", rounded(measured.recall)},
                          {"interval", {rounded(measured.interval.low), rounded(measured.interval.high)}},
                          {"usual_ms", latency(measured.usual)},
                          {"exact_ms", latency(measured.exact)}};
  }
  json::array hours, misses;
  for (const RecallFigures::Hour& hour : figures.hours) {
    const double recall = static_cast<double>(hour.found) / static_cast<double>(hour.expected);
    hours.push_back(json::object{{"start", format_utc(hour.start_ms)}, {"searches", hour.searches}, {"recall", rounded(recall)}});
  }
  for (const RecallFigures::Miss& miss : figures.misses) {
    misses.push_back(json::object{{"time", format_utc(miss.time_ms)},
                                  {"expected", miss.expected},
                                  {"missing", miss.missing},
                                  {"first_rank", miss.first_rank},
                                  {"filtered", miss.filtered}});
  }
  return serialized(json::object{{"sample_every", figures.sample_every},
                                 {"results", kRecallResults},
                                 {"searches", figures.searches},
                                 {"skipped", figures.skipped},
                                 {"failed", figures.failed},
                                 {"window", std::move(window)},
                                 {"hours", std::move(hours)},
                                 {"misses", std::move(misses)}});
}

std::string shop_json(const ShopInfo& shop) {
  json::array languages, samples;
  for (const std::string& lang : shop.languages) languages.push_back(text(lang));
  for (const ShopInfo::Sample& sample : shop.samples) {
    samples.push_back({{"url", text("/samples/" + sample.file)}, {"title", text(sample.title)}});
  }
  json::object root;
  root["name"] = text(shop.name);
  root["currency"] = text_or_null(shop.currency);
  root["languages"] = std::move(languages);
  root["sample_data"] = shop.sample_data;
  root["notice"] = text_or_null(shop.notice);
  root["samples"] = std::move(samples);
  root["photo_by_url"] = shop.photo_by_url;
  root["privacy"] = {
      {"searches_logged", shop.privacy.searches_logged}, {"searches_days", shop.privacy.searches_days}, {"events_days", shop.privacy.events_days}};
  return serialized(root);
}

std::string shelves_json(const HomeShelves& shelves) {
  const auto list = [](const std::vector<ProductCard>& cards) {
    json::array products;
    for (const ProductCard& each : cards) products.push_back(card(each));
    return products;
  };
  json::object root;
  root["trending"] = {{"by", shelves.trending_by_reviews ? "reviews" : "events"}, {"products", list(shelves.trending)}};
  root["newest"] = {{"products", list(shelves.newest)}};
  return serialized(root);
}

std::string problem_json(const ProblemView& problem) {
  json::object root;
  root["type"] = "about:blank";
  root["title"] = text(problem.title);
  root["status"] = problem.status;
  root["detail"] = text(problem.detail);
  root["code"] = text(problem.code);
  root["request_id"] = text(problem.request_id);
  return serialized(root);
}

}  // namespace nozama
