#include "base/clock.h"
#include "engine/activity_recorder.h"
#include "engine/engine.h"
#include "index/filter_language.h"
#include "server/handlers.h"
#include "server/json_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr int kPageLimitMax = 100;
constexpr int kPageLimitDefault = 30;
constexpr int64_t kPageOffsetMax = 1'000'000;
constexpr int kSimilarLimitDefault = 12;
constexpr size_t kSlugBytesMax = 200;
constexpr size_t kSearchTextBytesMax = 300;
constexpr size_t kCursorBytesMax = 100;
constexpr size_t kLangBytesMax = 35;  // BCP 47's own recommendation for buffers

std::string read_lang(RequestParams& params) { return params.text("lang", kLangBytesMax).value_or("en"); }

ProductSort sort_named(const std::optional<std::string>& name) {
  if (name == "price_asc") return ProductSort::kPriceAscending;
  if (name == "price_desc") return ProductSort::kPriceDescending;
  if (name == "rating") return ProductSort::kRating;
  return ProductSort::kDefault;
}

Response list_products(Engine& engine, ActivityRecorder& recorder, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  ListQuery asked;
  ProductListQuery& query = asked.page;
  query.category = params.text("category", kSlugBytesMax).value_or("");
  query.text = params.text("text", kSearchTextBytesMax).value_or("");
  query.after = params.text("after", kCursorBytesMax).value_or("");
  query.sort = sort_named(params.choice("sort", {"default", "price_asc", "price_desc", "rating"}));
  query.limit = static_cast<int>(params.integer("limit", 1, kPageLimitMax).value_or(kPageLimitDefault));
  query.offset = params.integer("offset", 0, kPageOffsetMax).value_or(0);
  query.lang = read_lang(params);
  asked.filter = params.text("filter", FilterLimits::kBytesMax);
  asked.facets = read_facets(params);
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const Stopwatch watch;
  const auto answer = engine.products(asked);
  if (!answer) return problem_response(answer.error(), request.id);
  if (query.text.empty()) return json_response(product_page_json(*answer, query));
  QueryRecord record = query_record(asked, *answer, watch.elapsed_ms());
  Response response = json_response(product_page_json(*answer, query, record.id));
  if (query.after.empty()) recorder.record(std::move(record));
  return response;
}

Response suggest(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const auto text = params.text("q", kSearchTextBytesMax);
  const std::string lang = read_lang(params);
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto suggestions = engine.suggestions(text.value_or(""), lang);
  if (!suggestions) return problem_response(suggestions.error(), request.id);
  return json_response(suggestions_json(*suggestions));
}

Response get_product(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = read_lang(params);
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto product = engine.product(request.captures[0], lang);
  if (!product) return problem_response(product.error(), request.id);
  return json_response(product_json(*product));
}

Response get_similar(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = read_lang(params);
  const int limit = static_cast<int>(params.integer("limit", 1, kPageLimitMax).value_or(kSimilarLimitDefault));
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto hits = engine.similar(request.captures[0], limit, lang);
  if (!hits) return problem_response(hits.error(), request.id);
  return json_response(similar_json(*hits));
}

Response list_categories(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = read_lang(params);
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto categories = engine.categories(lang);
  if (!categories) return problem_response(categories.error(), request.id);
  return json_response(categories_json(*categories));
}

Response get_shop(Engine& engine, const Request& request) {
  const Status valid = RequestParams::from_query(request.query).finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto shop = engine.shop();
  if (!shop) return problem_response(shop.error(), request.id);
  return json_response(shop_json(*shop));
}

Response get_shelves(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = read_lang(params);
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto shelves = engine.home_shelves(lang);
  if (!shelves) return problem_response(shelves.error(), request.id);
  return json_response(shelves_json(*shelves));
}

}  // namespace

void add_catalogue_routes(Router& router, Engine& engine, ActivityRecorder& recorder) {
  const auto add = [&](std::string pattern, Response (*handler)(Engine&, const Request&)) {
    router.add({.method = "GET",
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine, request); },
                .lane = on_catalogue_lane,
                .scope = Scope::kSearch});
  };
  router.add({.method = "GET",
              .pattern = "/api/v1/products",
              .handler = [&engine, &recorder](const Request& request) { return list_products(engine, recorder, request); },
              .lane = on_catalogue_lane,
              .scope = Scope::kSearch});
  add("/api/v1/products/{id}", get_product);
  add("/api/v1/products/{id}/similar", get_similar);
  add("/api/v1/suggestions", suggest);
  add("/api/v1/categories", list_categories);
  add("/api/v1/shop", get_shop);
  add("/api/v1/shelves", get_shelves);
}

}  // namespace nozama
