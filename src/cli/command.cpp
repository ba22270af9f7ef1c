#include "cli/command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "catalog/money.h"

namespace nozama {
namespace {

struct ExitCode {
  ErrorCode error;
  int code;
  std::string_view meaning;
};

constexpr std::array kExitCodes = {
    ExitCode{ErrorCode::kInvalidArgument, 2, "an argument or the input can never work"},
    ExitCode{ErrorCode::kNotFound, 3, "a file, product or catalogue is missing"},
    ExitCode{ErrorCode::kConflict, 4, "not possible in the present state"},
    ExitCode{ErrorCode::kTooLarge, 5, "over a limit"},
    ExitCode{ErrorCode::kUnsupported, 6, "a format, version or machine that is not supported"},
    ExitCode{ErrorCode::kCorrupt, 7, "damaged data"},
    ExitCode{ErrorCode::kBusy, 8, "busy; try again"},
    ExitCode{ErrorCode::kUnavailable, 9, "a disk, port or other resource failed"},
    ExitCode{ErrorCode::kTimeout, 10, "took too long"},
    ExitCode{ErrorCode::kInternal, 70, "a fault of the program"},
    ExitCode{ErrorCode::kCancelled, 130, "stopped by Ctrl-C or SIGTERM"},
};

LogLevel log_level_of(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return LogLevel::kInfo;
}

}  // namespace

int exit_code(ErrorCode code) {
  for (const ExitCode& entry : kExitCodes) {
    if (entry.error == code) return entry.code;
  }
  abort_with("an ErrorCode without an exit code");
}

std::string exit_code_help() {
  std::string text = "Exit codes:\n  0   success\n  1   done, but some rows failed\n";
  for (const ExitCode& entry : kExitCodes) text += fmt::format("  {:<3} {}\n", entry.code, entry.meaning);
  return text;
}

void add_options(CLI::App& command, CommandContext& context, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const OptionSpec* option = find_option(name);
    if (option == nullptr) abort_with("an option that is not in the table");
    const std::string key(name);
    const std::string standard = option->default_text();
    std::string help(option->help);
    if (!option->choices.empty()) help += fmt::format(" ({})", option->choices);
    if (!standard.empty()) help += fmt::format(" [{}]", standard);
    command.add_option_function<std::string>(option->flag(), [&context, key](const std::string& text) { context.flags[key] = text; }, help);
  }
  command.add_option("--config", context.config_file, "configuration file (TOML)");
}

void add_currency_option(CLI::App& command, std::string& currency) {
  command.add_option("--currency", currency, "of prices in feeds that do not name theirs (Shopify, WooCommerce): three capital letters")
      ->capture_default_str()
      ->check([](const std::string& code) { return is_currency_code(code) ? std::string() : "a currency is three capital letters, such as EUR"; });
}

void add_json_flag(CLI::App& command, CommandContext& context) { command.add_flag("--json", context.json, "print the result as one line of JSON"); }

int print_error(const Error& error) {
  fmt::print(stderr, "nozama: {}\n", error.message);
  return exit_code(error.code);
}

Result<Config> config_of(const CommandContext& context) {
  ConfigSources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  sources.flags = context.flags;
  if (!context.config_file.empty()) sources.file = context.config_file;
  auto config = load_config(sources);
  if (config) configure_log(log_level_of(config->log_level), config->log_format == "json" ? LogFormat::kJson : LogFormat::kText);
  return config;
}

WorkspaceOptions workspace_options(const Config& config, EncodeFor use) {
  WorkspaceOptions options;
  options.data_dir = config.data_dir;
  options.database = config.database;
  options.blobs = config.blobs;
  options.fetch_networks = config.fetch_networks;
  options.models_dir = config.models_dir;
  options.bundle = config.bundle;
  options.precision = parse_precision(config.precision);
  options.threads = static_cast<size_t>(config.threads);
  options.throughput = use == EncodeFor::kManyPhotos;
  return options;
}

int with_catalog(const CommandContext& context, const std::function<int(Catalog&)>& action) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  auto workspace = Workspace::open(workspace_options(*config, EncodeFor::kOnePhoto));
  if (!workspace) return print_error(workspace.error());
  return action((*workspace)->catalog());
}

Result<std::unique_ptr<Engine>> open_engine(const Config& config, EngineOptions options) {
  auto workspace = Workspace::open(workspace_options(config, EncodeFor::kOnePhoto));
  if (!workspace) return propagate(workspace);
  return Engine::open(std::move(*workspace), options);
}

}  // namespace nozama
