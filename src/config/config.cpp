#include "config/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>

#include "base/number.h"

namespace nozama {
namespace {

const auto kOptions = std::to_array<OptionSpec>({
    {"", "data", &Config::data_dir, "data directory: database, pictures and index of one shop"},
    {"", "database", &Config::database, "PostgreSQL database, postgresql://USER:PASSWORD@HOST:PORT/NAME; empty = SQLite in the data directory"},
    {"", "blobs", &Config::blobs,
     "bucket of the pictures, s3://BUCKET/PREFIX?endpoint=URL&region=NAME, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
     "environment; empty = the data directory"},
    {"", "models", &Config::models_dir, "folder of encoder bundles; empty = beside the program"},
    {"", "bundle", &Config::bundle, "encoder bundle of a new catalogue; an existing catalogue keeps its own"},
    {"", "precision", &Config::precision, "numbers that a new catalogue is embedded in; auto = the best one, measured; an existing catalogue keeps its own", 0,
     0, "auto|f32|bf16|int8"},
    {"", "threads", &Config::threads, "encoder threads; 0 = one a core", 0, 1024},
    {"", "fetch-networks", &Config::fetch_networks,
     "own networks, such as 10.1.0.0/16, from which pictures may be fetched beside the internet, comma-separated"},
    {"server", "listen", &Config::listen, "address and port to serve on, HOST:PORT; port 0 = any free port"},
    {"server", "upload-mib-max", &Config::upload_mib_max, "largest request body in MiB", 1, 1024},
    {"server", "queue-length-max", &Config::queue_length_max, "photo searches that may wait for an encoder before 503 is answered", 1, 100000},
    {"server", "request-timeout-ms", &Config::request_timeout_ms, "longest time for one request in milliseconds", 100, 600000},
    {"server", "recall-sample-every", &Config::recall_sample_every,
     "of so many searches one is repeated exactly, after its answer, to measure recall; 0 = none", 0, 1'000'000},
    {"server", "cors-origins", &Config::cors_origins, "origins of other sites that may call the API, comma-separated; * = any"},
    {"server", "image-url-search", &Config::image_url_search,
     "from where a search may have its photo fetched by URL: nowhere, public addresses, or fetch-networks too", 0, 0, "off|public|own-networks"},
    {"server", "trusted-proxies", &Config::trusted_proxies,
     "networks or addresses of proxies, such as 10.0.0.0/8, whose X-Forwarded-For, X-Forwarded-Proto and Forwarded are believed, comma-separated"},
    {"server", "public-url", &Config::public_url,
     "address of the shop as shoppers see it, such as https://shop.example, for links that leave the shop; empty = as each request names it"},
    {"server", "searches-per-minute", &Config::searches_per_minute, "searches of one address or key in a minute; 0 = any number", 0, 1'000'000},
    {"server", "sign-ins-per-minute", &Config::sign_ins_per_minute, "sign-ins, sign-ups and password changes of one address in a minute; 0 = any number", 0,
     1'000'000},
    {"server", "writes-per-minute", &Config::writes_per_minute, "other requests that change something, of one address or key in a minute; 0 = any number", 0,
     1'000'000},
    {"server", "require-key", &Config::require_key, "searching and reading the catalogue need an API key or an account", 0, 0, "off|on"},
    {"accounts", "smtp-url", &Config::smtp_url,
     "server that sends mails on, smtps://USER:PASSWORD@HOST:465 or smtp://HOST:25; with it addresses are confirmed and passwords can be reset; empty = no "
     "mail"},
    {"accounts", "mail-from", &Config::mail_from, "sender of mails, shop@mail.example"},
    {"accounts", "oidc-issuer", &Config::oidc_issuer, "OpenID Connect provider where shoppers may sign in, https://accounts.google.com; empty = none"},
    {"accounts", "oidc-client-id", &Config::oidc_client_id, "the shop's client id there"},
    {"accounts", "oidc-client-secret-file", &Config::oidc_client_secret_file, "file with the client secret from there; empty = a public client"},
    {"accounts", "oidc-name", &Config::oidc_name, "name of the provider as shoppers read it"},
    {"retention", "keep-events-days", &Config::keep_events_days, "days after which events of shoppers, and imported reviews, are forgotten; 0 = never", 0,
     36500},
    {"retention", "keep-queries-days", &Config::keep_queries_days,
     "days after which searches in the log, and what shoppers did with their results, are forgotten; 0 = never", 0, 36500},
    {"retention", "keep-accounts-days", &Config::keep_accounts_days, "days after their last sign-in after which shoppers' accounts are deleted; 0 = never", 0,
     36500},
    {"log", "log-level", &Config::log_level, "least severe line written", 0, 0, "debug|info|warning|error|off"},
    {"log", "log-format", &Config::log_format, "form of a log line", 0, 0, "text|json"},
});

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

bool is_choice(std::string_view choices, std::string_view text) {
  while (!choices.empty()) {
    const size_t bar = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, bar) == text) return true;
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return false;
}

Status bad_option(std::string_view source, const OptionSpec& option, std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kInvalidArgument, "bad_option", fmt::format("{}: {} is '{}', but must be {}", source, option.name, text, expected));
}

Status apply(Config& config, const OptionSpec& option, std::string_view text, std::string_view source) {
  if (const auto* list = std::get_if<std::vector<std::string> Config::*>(&option.field)) {
    config.*(*list) = split_list(text);
    return {};
  }
  if (const auto* field = std::get_if<std::string Config::*>(&option.field)) {
    if (!option.choices.empty() && !is_choice(option.choices, text)) {
      return bad_option(source, option, text, fmt::format("one of {}", option.choices));
    }
    config.*(*field) = std::string(text);
    return {};
  }
  const auto number = parse_number<int64_t>(text);
  if (!number || *number < option.min || *number > option.max) {
    return bad_option(source, option, text, fmt::format("a whole number from {} to {}", option.min, option.max));
  }
  config.*std::get<int64_t Config::*>(option.field) = *number;
  return {};
}

std::string toml_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* list = node.as_array()) {
    std::string joined;
    for (const toml::node& item : *list) joined += (joined.empty() ? "" : ",") + item.value_or(std::string());
    return joined;
  }
  return "(neither text, number nor list)";
}

const OptionSpec* find_in_section(std::string_view section, std::string_view key) {
  std::string name(key);
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  const OptionSpec* option = find_option(name);
  return option != nullptr && option->section == section ? option : nullptr;
}

Status apply_table(Config& config, const toml::table& table, std::string_view section, const std::string& file) {
  for (const auto& [key, node] : table) {
    const std::string source = fmt::format("{}:{}", file, node.source().begin.line);
    if (section.empty() && node.is_table()) {
      const Status nested = apply_table(config, *node.as_table(), key.str(), file);
      if (!nested) return nested;
      continue;
    }
    const OptionSpec* option = find_in_section(section, key.str());
    if (option == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "unknown_option",
                  fmt::format("{}: there is no option '{}' in section [{}]; `nozama serve --help` lists them", source, key.str(), section));
    }
    const Status applied = apply(config, *option, toml_text(node), source);
    if (!applied) return applied;
  }
  return {};
}

Status apply_file(Config& config, const std::filesystem::path& path) {
  try {
    return apply_table(config, toml::parse_file(path.string()), "", path.string());
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalidArgument, "bad_config_file", fmt::format("{}:{}: {}", path.string(), error.source().begin.line, error.description()));
  }
}

std::string upper_with_underscores(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string OptionSpec::flag() const { return fmt::format("--{}", name); }

std::string OptionSpec::environment_name() const { return "NOZAMA_" + upper_with_underscores(name); }

std::string OptionSpec::default_text() const {
  const Config defaults;
  if (const auto* text = std::get_if<std::string Config::*>(&field)) return defaults.*(*text);
  if (const auto* number = std::get_if<int64_t Config::*>(&field)) return std::to_string(defaults.*(*number));
  return "";
}

std::span<const OptionSpec> option_table() { return kOptions; }

const OptionSpec* find_option(std::string_view name) {
  for (const OptionSpec& option : kOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

Result<Config> load_config(const ConfigSources& sources) {
  Config config;
  if (sources.file) {
    const Status applied = apply_file(config, *sources.file);
    if (!applied) return propagate(applied);
  }
  for (const OptionSpec& option : kOptions) {
    const auto value = sources.environment ? sources.environment(option.environment_name()) : std::nullopt;
    if (!value) continue;
    const Status applied = apply(config, option, *value, option.environment_name());
    if (!applied) return propagate(applied);
  }
  for (const auto& [name, text] : sources.flags) {
    const OptionSpec* option = find_option(name);
    if (option == nullptr) abort_with("a flag that is not in the option table: " + name);
    const Status applied = apply(config, *option, text, option->flag());
    if (!applied) return propagate(applied);
  }
  return config;
}

std::string options_as_markdown() {
  std::string page = "| flag | environment | file | default | allowed | meaning |\n|---|---|---|---|---|---|\n";
  for (const OptionSpec& option : kOptions) {
    std::string allowed = "text";
    if (std::holds_alternative<int64_t Config::*>(option.field)) allowed = fmt::format("{} – {}", option.min, option.max);
    if (!option.choices.empty()) {
      allowed.clear();
      for (const char c : option.choices) allowed += c == '|' ? std::string(", ") : std::string(1, c);
    }
    const std::string place = option.section.empty() ? std::string(option.name) : fmt::format("[{}] {}", option.section, option.name);
    page +=
        fmt::format("| `{}` | `{}` | `{}` | `{}` | {} | {} |\n", option.flag(), option.environment_name(), place, option.default_text(), allowed, option.help);
  }
  return page;
}

}  // namespace nozama
