// One table of options: the configuration file, the environment, the flags, `--help` and the manual all read it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace nozama {

struct Config {
  std::string data_dir = "./nozama-data";
  std::string database;
  std::string blobs;
  std::string models_dir;
  std::string bundle = "efficientnet-lite1";
  std::string precision = "auto";
  int64_t threads = 0;
  std::vector<std::string> fetch_networks;

  std::string listen = "127.0.0.1:8080";
  int64_t upload_mib_max = 20;
  int64_t queue_length_max = 64;
  int64_t request_timeout_ms = 10000;
  int64_t recall_sample_every = 100;
  std::vector<std::string> cors_origins;
  std::string image_url_search = "off";
  std::vector<std::string> trusted_proxies;
  std::string public_url;
  int64_t searches_per_minute = 0;
  int64_t sign_ins_per_minute = 30;
  int64_t writes_per_minute = 6000;
  std::string require_key = "off";
  std::string smtp_url;
  std::string mail_from;
  std::string oidc_issuer;
  std::string oidc_client_id;
  std::string oidc_client_secret_file;
  std::string oidc_name = "OpenID";
  int64_t keep_events_days = 0;
  int64_t keep_queries_days = 30;
  int64_t keep_accounts_days = 0;

  std::string log_level = "info";
  std::string log_format = "text";
};

using ConfigField = std::variant<std::string Config::*, int64_t Config::*, std::vector<std::string> Config::*>;

// An option `server.listen` is `listen` under `[server]` in the file, NOZAMA_LISTEN in the environment
// and --listen on the command line.
struct OptionSpec {
  std::string_view section;
  std::string_view name;
  ConfigField field;
  std::string_view help;
  int64_t min = 0, max = 0;              // of numbers, inclusive
  std::string_view choices = {};         // of texts: "a|b|c"; empty = any
  std::string flag() const;              // "--upload-mib-max"
  std::string environment_name() const;  // "NOZAMA_UPLOAD_MIB_MAX"
  std::string default_text() const;
};

std::span<const OptionSpec> option_table();
const OptionSpec* find_option(std::string_view name);

// Later sources win: defaults, file, environment, flags.
struct ConfigSources {
  std::optional<std::filesystem::path> file;
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::map<std::string, std::string> flags;  // option name → text
};

// An error names the source (file and line, variable or flag), the option, the value and what is allowed.
Result<Config> load_config(const ConfigSources& sources);

// The options as a Markdown table, for docs/configuration.md.
std::string options_as_markdown();

}  // namespace nozama
