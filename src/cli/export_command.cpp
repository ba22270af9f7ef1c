#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "catalog/catalog.h"
#include "cli/command.h"
#include "engine/product_export.h"

namespace nozama {
namespace {

int run_export(const CommandContext& context) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto workspace = Workspace::open(workspace_options(*config, EncodeFor::kOnePhoto));
  if (!workspace) return print_error(workspace.error());
  ProductExport products((*workspace)->catalog());
  while (!context.stop.stop_requested()) {
    const auto lines = products.next();
    if (!lines) return print_error(lines.error());
    if (lines->empty()) return 0;
    if (std::fwrite(lines->data(), 1, lines->size(), stdout) != lines->size() || std::fflush(stdout) != 0) {
      return print_error({ErrorCode::kUnavailable, "io_error", "the export cannot be written; is the disk full?"});
    }
  }
  return exit_code(ErrorCode::kCancelled);
}

}  // namespace

void add_export_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("export",
                                         "Write every product to standard output as JSONL, which `nozama import` reads back unchanged. Pictures are named\n"
                                         "by their URL, or as nozama:HASH of the shop's own store");
  add_options(*command, context, {"data", "database", "blobs", "log-level", "log-format"});
  command->callback([&context] { context.run = [&context] { return run_export(context); }; });
}

}  // namespace nozama
