#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"
#include "cli/signals.h"

namespace nozama {

int run_program(int argc, char** argv) {
  CLI::App app("Nozama: finds the products that look like a photo.", "nozama");
  app.set_version_flag("--version", "nozama " NOZAMA_VERSION);
  app.require_subcommand(1);
  app.footer("\n" + exit_code_help());

  CommandContext context;
  add_demo_command(app, context);
  add_serve_command(app, context);
  add_import_command(app, context);
  add_export_command(app, context);
  add_watch_command(app, context);
  add_train_command(app, context);
  add_search_command(app, context);
  add_eval_command(app, context);
  add_model_command(app, context);
  add_doctor_command(app, context);
  add_account_command(app, context);
  add_key_command(app, context);
  add_backup_commands(app, context);
  add_bench_command(app, context);

  const auto commands = app.get_subcommands(nullptr);
  const bool known =
      argc < 2 || argv[1][0] == '-' || std::any_of(commands.begin(), commands.end(), [&](const CLI::App* c) { return c->get_name() == argv[1]; });
  if (!known) {
    fmt::print(stderr, "nozama: there is no command '{}'; nozama --help lists them\n", argv[1]);
    return exit_code(ErrorCode::kInvalidArgument);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorCode::kInvalidArgument);
  }
  context.stop = stop_on_signals();
  return context.run();
}

}  // namespace nozama
