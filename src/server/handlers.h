// The API's endpoints by topic. Each function adds its routes; the arguments must outlive the router.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "server/metrics.h"
#include "server/router.h"

namespace nozama {

class Engine;
class GuardedFetcher;
class StaticFiles;

struct SearchRouteOptions {
  size_t upload_bytes_max = 0;
  GuardedFetcher* fetcher = nullptr;  // of pictures that a search names by URL; null = refused
};

// POST /api/v1/search
void add_search_routes(Router& router, Engine& engine, Metrics& metrics, SearchRouteOptions options);

// GET /api/v1/products…, /api/v1/categories, /api/v1/shop
void add_catalogue_routes(Router& router, Engine& engine);

// GET /media/{hash}, /samples/{file}
void add_media_routes(Router& router, Engine& engine);

// GET /api/v1/keys, DELETE /api/v1/keys/{id}
void add_account_routes(Router& router, Engine& engine);

// /api/v1/cart, /api/v1/orders…, /api/v1/admin/orders…, /api/v1/favourites…
void add_order_routes(Router& router, Engine& engine);

// GET /healthz, /readyz, /metrics, /api/v1/recall, /api/v1/openapi.yaml
void add_system_routes(Router& router, Engine& engine, Metrics& metrics, std::function<PoolGauges()> gauges);

// GET /, /product/{id}, /category/{slug} as pages that say what they are about, /robots.txt, /sitemap.xml, /sitemaps/{file}.
// `public_url` is ServerOptions'. None without a storefront.
void add_page_routes(Router& router, Engine& engine, const StaticFiles& files, const std::string& public_url);

// Database and picture reads: their own pool, so that slow ones never hold an encoder.
Lane on_catalogue_lane(const Request& request);

// 200 with JSON that must not be cached without asking again.
Response json_response(std::string json);

}  // namespace nozama
