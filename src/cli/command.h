// What every subcommand shares. Each lives in a file of its own and adds itself to the program.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/config.h"
#include "engine/engine.h"
#include "engine/workspace.h"

namespace CLI {
class App;
}

namespace nozama {

// 0 success; 1 done, but some rows failed; the others in one table in command.cpp, shown by `nozama --help`.
int exit_code(ErrorCode code);
std::string exit_code_help();
inline constexpr int kExitPartly = 1;

struct CommandContext {
  std::map<std::string, std::string> flags;  // options of the option table given on the command line
  std::string config_file;
  bool json = false;
  std::function<int()> run;  // set by the subcommand that was chosen
  std::stop_token stop;      // Ctrl-C or SIGTERM
};

// Adds options of the option table by name, and --config.
void add_options(CLI::App& command, CommandContext& context, std::initializer_list<std::string_view> names);
// Adds --json: one line of JSON on standard output, everything else on standard error.
void add_json_flag(CLI::App& command, CommandContext& context);

// Adds --currency: of prices in feeds that do not name theirs.
void add_currency_option(CLI::App& command, std::string& currency);

// Prints "nozama: message" and returns the exit code.
int print_error(const Error& error);

Result<Config> config_of(const CommandContext& context);
enum class EncodeFor { kOnePhoto, kManyPhotos };
WorkspaceOptions workspace_options(const Config& config, EncodeFor use);
// Runs `action` over the catalogue that the flags name; its exit code.
int with_catalog(const CommandContext& context, const std::function<int(Catalog&)>& action);
Result<std::unique_ptr<Engine>> open_engine(const Config& config, EngineOptions options = {});

void add_demo_command(CLI::App& app, CommandContext& context);
void add_serve_command(CLI::App& app, CommandContext& context);
void add_export_command(CLI::App& app, CommandContext& context);
void add_watch_command(CLI::App& app, CommandContext& context);
void add_import_command(CLI::App& app, CommandContext& context);
void add_train_command(CLI::App& app, CommandContext& context);
void add_search_command(CLI::App& app, CommandContext& context);
void add_eval_command(CLI::App& app, CommandContext& context);
void add_model_command(CLI::App& app, CommandContext& context);
void add_doctor_command(CLI::App& app, CommandContext& context);
void add_account_command(CLI::App& app, CommandContext& context);
void add_key_command(CLI::App& app, CommandContext& context);
void add_backup_commands(CLI::App& app, CommandContext& context);
void add_bench_command(CLI::App& app, CommandContext& context);

}  // namespace nozama
