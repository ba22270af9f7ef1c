#include "server/server.h"

#include "engine/activity_recorder.h"
#include "engine/engine.h"
#include "engine/import_jobs.h"
#include "engine/workspace.h"
#include "net/guarded_fetch.h"
#include "server/access.h"
#include "server/handlers.h"
#include "server/http_server.h"

namespace nozama {

namespace {

constexpr size_t kFeedBytesMax = size_t{128} << 20;  // larger ones come by URL, or through `nozama import`

}  // namespace

struct Server::State {
  std::unique_ptr<GuardedFetcher> fetcher;     // outlives the server's routes
  std::unique_ptr<ActivityRecorder> recorder;  // likewise
  std::unique_ptr<Mailer> mailer;              // likewise
  std::unique_ptr<OidcProvider> provider;      // likewise; null without one
  std::unique_ptr<ImportJobs> imports;         // likewise
  std::unique_ptr<HttpServer> http;
};

Result<std::unique_ptr<Server>> Server::start(Engine& engine, ServerOptions options) {
  const std::span<const EmbeddedFile> files = options.storefront ? embedded_files() : std::span<const EmbeddedFile>();
  auto state = std::make_unique<State>();
  if (options.image_urls != ImageUrls::kOff) {
    // A shopper waits: one attempt, in half of the time that the whole request has.
    auto made = GuardedFetcher::make({.own_networks = options.image_urls == ImageUrls::kOwnNetworks ? options.fetch_networks : std::vector<std::string>(),
                                      .bytes_max = options.upload_bytes_max,
                                      .retry = {.attempts_max = 1},
                                      .connect_timeout_ms = options.request_timeout_ms / 4,
                                      .timeout_ms = options.request_timeout_ms / 2});
    if (!made) return propagate(made);
    state->fetcher = std::move(*made);
  }
  const size_t picture_bytes_max = options.upload_bytes_max;
  state->recorder = std::make_unique<ActivityRecorder>(engine.workspace().catalog());
  options.mail.public_url = options.public_url;
  auto mailer = Mailer::open(options.mail);
  if (!mailer) return propagate(mailer);
  state->mailer = std::move(*mailer);
  if (!options.oidc.issuer.empty()) {
    if (!options.public_url.empty()) options.oidc.redirect_uri = options.public_url + "/api/v1/session/oidc/callback";
    auto provider = OidcProvider::make(options.oidc);
    if (!provider) return propagate(provider);
    state->provider = std::move(*provider);
  }
  const SearchRouteOptions search_options = {.upload_bytes_max = options.upload_bytes_max, .fetcher = state->fetcher.get()};
  const std::string public_url = options.public_url;
  state->imports = std::make_unique<ImportJobs>(engine.workspace());
  auto http = HttpServer::start(std::move(options), files, [&](Service& service, Metrics& metrics) {
    service.set_authenticator(authenticate_by(engine.workspace().catalog()));
    service.set_auditor(audit_to(engine.workspace().catalog()));
    add_search_routes(service.router(), engine, metrics, *state->recorder, search_options);
    add_event_routes(service.router(), *state->recorder);
    add_analytics_routes(service.router(), engine);
    add_curation_routes(service.router(), engine);
    add_webhook_routes(service.router(), engine);
    add_catalogue_routes(service.router(), engine, *state->recorder);
    add_product_routes(service.router(), engine, {.picture_bytes_max = picture_bytes_max});
    add_product_table_routes(service.router(), engine);
    add_job_routes(service.router(), engine, *state->imports, kFeedBytesMax);
    add_media_routes(service.router(), engine);
    add_page_routes(service.router(), engine, service.static_files(), public_url);
    add_account_routes(service.router(), engine);
    add_order_routes(service.router(), engine, *state->mailer);
    add_account_data_routes(service.router(), engine);
    add_session_routes(service.router(), engine, {.public_url = public_url, .mailer = state->mailer.get(), .provider = state->provider.get()});
    add_system_routes(service.router(), engine, metrics, *state->recorder, [&service] { return service.gauges(); });
  });
  if (!http) return propagate(http);
  state->http = std::move(*http);
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() = default;

const std::string& Server::host() const { return state_->http->options().host; }

uint16_t Server::port() const { return state_->http->port(); }

void Server::stop() { state_->http->stop(); }

}  // namespace nozama
