#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include "base/file.h"
#include "base/log.h"
#include "catalog/accounts.h"
#include "cli/account_links.h"
#include "cli/command.h"
#include "cli/serve.h"
#include "engine/retention.h"
#include "net/web_url.h"
#include "server/server.h"
#include "server/webhook_sender.h"

namespace nozama {
namespace {

constexpr size_t kSecretFileBytesMax = 4096;

// HOST:PORT, [IPv6]:PORT
Status parse_listen(const std::string& text, ServerOptions& options) {
  const size_t colon = text.rfind(':');
  int port = -1;
  if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (colon == std::string::npos || colon == 0 || port < 0 || port > 65535) {
    return fail(ErrorCode::kInvalidArgument, "bad_option", fmt::format("listen is '{}', but must be HOST:PORT, such as 127.0.0.1:8080", text));
  }
  options.host = text.substr(0, colon);
  if (options.host.front() == '[' && options.host.back() == ']') options.host = options.host.substr(1, options.host.size() - 2);
  options.port = static_cast<uint16_t>(port);
  return {};
}

// Scheme, host and port, without a slash at the end.
Result<std::string> parse_public_url(const std::string& text) {
  if (text.empty()) return text;
  const auto url = parse_web_url(text);
  const std::string origin = text.substr(0, text.ends_with('/') ? text.size() - 1 : text.size());
  if (!url || std::ranges::count(origin, '/') != 2 || origin.find_first_of("?#") != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "bad_option", fmt::format("public-url is '{}', but must be such as https://shop.example, without a path", text));
  }
  return origin;
}

std::string address_of(const Server& server) {
  const bool ipv6 = server.host().find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", ipv6 ? "[" : "", server.host(), ipv6 ? "]" : "", server.port());
}

// A shop without an admin gets one by a link that the terminal shows once; the log never does.
void offer_admin_link(Catalog& catalog, const std::string& site) {
  AccountStore store(catalog);
  const auto has_admin = store.has_admin(), has_link = store.has_link(LinkKind::kAdmin);
  if (!has_admin || *has_admin || !has_link || *has_link) return;
  const auto token = store.create_link(LinkKind::kAdmin);
  if (token) fmt::print("the first admin signs up here within 24 hours: {}\n", admin_link(site, *token));
}

Status set_sign_in_options(const Config& config, ServerOptions& options) {
  options.mail = {.url = config.smtp_url, .from = config.mail_from, .public_url = ""};
  options.oidc = {.issuer = config.oidc_issuer, .client_id = config.oidc_client_id, .client_secret = "", .name = config.oidc_name, .redirect_uri = ""};
  if (config.oidc_client_secret_file.empty()) return {};
  auto secret = read_text_file(config.oidc_client_secret_file, kSecretFileBytesMax);
  if (!secret) return propagate(secret, "oidc-client-secret-file");
  while (!secret->empty() && secret->back() <= ' ') secret->pop_back();
  options.oidc.client_secret = std::move(*secret);
  return {};
}

void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any signal;
  std::unique_lock lock(mutex);
  signal.wait(lock, stop, [&stop] { return stop.stop_requested(); });
}

}  // namespace

int serve_until_stopped(const Config& config, std::stop_token stop) {
  ServerOptions options;
  const Status parsed = parse_listen(config.listen, options);
  if (!parsed) return print_error(parsed.error());
  options.encode_threads = static_cast<size_t>(config.threads);
  options.queue_length_max = static_cast<size_t>(config.queue_length_max);
  options.upload_bytes_max = static_cast<size_t>(config.upload_mib_max) << 20;
  options.request_timeout_ms = static_cast<int>(config.request_timeout_ms);
  options.cors_origins = config.cors_origins;
  if (config.image_url_search == "public") options.image_urls = ImageUrls::kPublic;
  if (config.image_url_search == "own-networks") options.image_urls = ImageUrls::kOwnNetworks;
  options.fetch_networks = config.fetch_networks;
  auto proxies = TrustedProxies::make(config.trusted_proxies);
  if (!proxies) return print_error(proxies.error());
  options.trusted_proxies = std::move(*proxies);
  auto public_url = parse_public_url(config.public_url);
  if (!public_url) return print_error(public_url.error());
  options.public_url = std::move(*public_url);
  options.rates = {.searches = config.searches_per_minute, .sign_ins = config.sign_ins_per_minute, .writes = config.writes_per_minute};
  options.require_key = config.require_key == "on";
  if (const Status set = set_sign_in_options(config, options); !set) return print_error(set.error());
  const auto engine = open_engine(config, {.recall_sample_every = config.recall_sample_every,
                                           .photo_by_url = config.image_url_search != "off",
                                           .keep_queries_days = config.keep_queries_days,
                                           .keep_events_days = config.keep_events_days});
  if (!engine) return print_error(engine.error());
  const RetentionSweep retention((*engine)->workspace().catalog(), {config.keep_events_days, config.keep_queries_days, config.keep_accounts_days});
  const auto webhooks = WebhookSender::start((*engine)->workspace().catalog(), config.fetch_networks);
  if (!webhooks) return print_error(webhooks.error());
  const auto server = Server::start(**engine, options);
  if (!server) return print_error(server.error());
  fmt::print("listening on {}\n", address_of(**server));
  offer_admin_link((*engine)->workspace().catalog(), options.public_url.empty() ? address_of(**server) : options.public_url);
  std::fflush(stdout);
  wait_for_stop(stop);
  (*server)->stop();
  log_info("stopped");
  return 0;
}

void add_serve_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("serve", "Serve the storefront and the API of a data directory");
  add_options(*command, context,
              {"data",
               "database",
               "blobs",
               "models",
               "threads",
               "listen",
               "upload-mib-max",
               "queue-length-max",
               "request-timeout-ms",
               "recall-sample-every",
               "cors-origins",
               "image-url-search",
               "fetch-networks",
               "trusted-proxies",
               "public-url",
               "searches-per-minute",
               "sign-ins-per-minute",
               "writes-per-minute",
               "require-key",
               "smtp-url",
               "mail-from",
               "oidc-issuer",
               "oidc-client-id",
               "oidc-client-secret-file",
               "oidc-name",
               "keep-events-days",
               "keep-queries-days",
               "keep-accounts-days",
               "log-level",
               "log-format"});
  command->callback([&context] {
    context.run = [&context] {
      const auto config = config_of(context);
      return config ? serve_until_stopped(*config, context.stop) : print_error(config.error());
    };
  });
}

}  // namespace nozama
