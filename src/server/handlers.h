// The API's endpoints by topic. Each function adds its routes; the arguments must outlive the router.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "server/metrics.h"
#include "server/request_params.h"
#include "server/router.h"

namespace nozama {

class ActivityRecorder;
class Engine;
class GuardedFetcher;
class ImportJobs;
class Mailer;
class OidcProvider;
class StaticFiles;

struct SearchRouteOptions {
  size_t upload_bytes_max = 0;
  GuardedFetcher* fetcher = nullptr;  // of pictures that a search names by URL; null = refused
};

struct SessionRouteOptions {
  std::string public_url = {};       // ServerOptions'
  Mailer* mailer = nullptr;          // null or unconfigured: no mail is sent
  OidcProvider* provider = nullptr;  // null: one signs in here only
};

// POST /api/v1/search
void add_search_routes(Router& router, Engine& engine, Metrics& metrics, ActivityRecorder& recorder, SearchRouteOptions options);

// POST /api/v1/events
void add_event_routes(Router& router, ActivityRecorder& recorder);

// /api/v1/admin/queries…, /api/v1/admin/query-log, /api/v1/admin/analytics, /api/v1/admin/recall
void add_analytics_routes(Router& router, Engine& engine);

// /api/v1/admin/curation…
void add_curation_routes(Router& router, Engine& engine);

// /api/v1/webhooks…
void add_webhook_routes(Router& router, Engine& engine);

// GET /api/v1/products…, /api/v1/suggestions, /api/v1/categories, /api/v1/shop
void add_catalogue_routes(Router& router, Engine& engine, ActivityRecorder& recorder);

struct ProductRouteOptions {
  size_t picture_bytes_max = 0;
  size_t batch_bytes_max = size_t{64} << 20;
};

// PUT, PATCH and DELETE /api/v1/products/{id}, its pictures, POST /api/v1/products/batch
void add_product_routes(Router& router, Engine& engine, ProductRouteOptions options);

// GET /api/v1/admin/products…
void add_product_table_routes(Router& router, Engine& engine);

// POST /api/v1/imports, /api/v1/jobs…, GET /api/v1/export
void add_job_routes(Router& router, Engine& engine, ImportJobs& imports, size_t feed_bytes_max);

// GET /media/{hash}, /samples/{file}
void add_media_routes(Router& router, Engine& engine);

// What admins do: /api/v1/keys…, /api/v1/accounts…, /api/v1/audit
void add_account_routes(Router& router, Engine& engine);

// /api/v1/cart, /api/v1/orders…, /api/v1/admin/orders…, /api/v1/favourites…
void add_order_routes(Router& router, Engine& engine, Mailer& mailer);

// What people do with their own account: /api/v1/session, POST /api/v1/accounts, /api/v1/account/password, /api/v1/admin-link
void add_session_routes(Router& router, Engine& engine, SessionRouteOptions options);

// GET /api/v1/account/export, DELETE /api/v1/account
void add_account_data_routes(Router& router, Engine& engine);

// GET /healthz, /readyz, /metrics, /api/v1/recall, /api/v1/openapi.yaml
void add_system_routes(Router& router, Engine& engine, Metrics& metrics, const ActivityRecorder& recorder, std::function<PoolGauges()> gauges);

// GET /, /product/{id}, /category/{slug} as pages that say what they are about, /robots.txt, /sitemap.xml, /sitemaps/{file}.
// `public_url` is ServerOptions'. None without a storefront.
void add_page_routes(Router& router, Engine& engine, const StaticFiles& files, const std::string& public_url);

// Database and picture reads: their own pool, so that slow ones never hold an encoder.
Lane on_catalogue_lane(const Request& request);
// Where passwords are hashed.
Lane on_sign_in_lane(const Request& request);

// 200 with JSON that must not be cached without asking again.
Response json_response(std::string json);

// The fields of a JSON body, of at most kJsonBodyMax bytes. kUnsupported "unsupported_media_type" for a body of another type.
Result<RequestParams> json_params(const Request& request);
inline constexpr size_t kJsonBodyMax = size_t{64} << 10;

}  // namespace nozama
