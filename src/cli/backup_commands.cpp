#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "engine/backup.h"
#include "server/report_views.h"

namespace nozama {
namespace {

constexpr size_t kLostShown = 10;

int print_report(const CommandContext& context, const Result<BackupReport>& report, std::string_view done, double seconds) {
  if (!report) return print_error(report.error());
  const BackupManifest& manifest = report->manifest;
  if (context.json) {
    fmt::print("{}\n", backup_report_json(*report, seconds));
  } else {
    fmt::print("{}: {} products at change {}, {} pictures ({} copied, {} there before), as of {}, in {}\n", done, manifest.products, manifest.change_seq,
               manifest.pictures, report->pictures_copied, report->pictures_kept, manifest.created, format_duration(seconds));
  }
  for (size_t i = 0; i < std::min(report->lost.size(), kLostShown); ++i) fmt::print(stderr, "  missing or damaged: {}\n", report->lost[i]);
  if (report->lost.size() > kLostShown) fmt::print(stderr, "  … and {} more\n", report->lost.size() - kLostShown);
  return report->lost.empty() ? 0 : kExitPartly;
}

int run_backup(const CommandContext& context, const std::string& folder) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto workspace = Workspace::open(workspace_options(*config, EncodeFor::kOnePhoto));
  if (!workspace) return print_error(workspace.error());
  const Stopwatch watch;
  StageLines lines("database", "MiB", "pictures");
  const auto report = back_up(**workspace, folder, {.progress = std::ref(lines), .stop = context.stop});
  lines.finish();
  return print_report(context, report, "backed up", watch.elapsed_ms() / 1000);
}

int run_restore(const CommandContext& context, const std::string& folder) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const Stopwatch watch;
  StageLines lines("database", "MiB", "pictures");
  const auto report = restore_backup(folder, workspace_options(*config, EncodeFor::kOnePhoto), {.progress = std::ref(lines), .stop = context.stop});
  lines.finish();
  return print_report(context, report, "restored", watch.elapsed_ms() / 1000);
}

void add_command(CLI::App& app, CommandContext& context, const std::string& name, const std::string& help, const std::string& folder_help,
                 int (*work)(const CommandContext&, const std::string&)) {
  CLI::App* command = app.add_subcommand(name, help);
  auto folder = std::make_shared<std::string>();
  command->add_option("FOLDER", *folder, folder_help)->required();
  add_options(*command, context, {"data", "database", "blobs", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, folder, work] { context.run = [&context, folder, work] { return work(context, *folder); }; });
}

}  // namespace

void add_backup_commands(CLI::App& app, CommandContext& context) {
  add_command(app, context, "backup", "Copy a shop's database and pictures into a folder, also while it serves",
              "of the backup; an earlier one there is brought up to date", run_backup);
  add_command(app, context, "restore", "Make a data directory of a backup", "of a backup", run_restore);
}

}  // namespace nozama
