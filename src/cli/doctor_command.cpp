#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "engine/doctor.h"
#include "server/report_views.h"

namespace nozama {
namespace {

std::string_view mark(DoctorFinding::Level level) {
  switch (level) {
    case DoctorFinding::Level::kOk: return "ok     ";
    case DoctorFinding::Level::kWarning: return "warning";
    case DoctorFinding::Level::kProblem: return "PROBLEM";
  }
  return "";
}

int run_doctor(const CommandContext& context) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto findings = examine(workspace_options(*config, EncodeFor::kOnePhoto));
  bool healthy = true;
  for (const DoctorFinding& finding : findings) healthy = healthy && finding.level != DoctorFinding::Level::kProblem;
  if (context.json) {
    fmt::print("{}\n", doctor_json(findings));
  } else {
    for (const DoctorFinding& finding : findings) fmt::print("{}  {:<10} {}\n", mark(finding.level), finding.check, finding.detail);
  }
  return healthy ? 0 : kExitPartly;
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("doctor", "Check the database, pictures, index and model of a data directory");
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context] { context.run = [&context] { return run_doctor(context); }; });
}

}  // namespace nozama
