#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "cli/command.h"
#include "engine/doctor.h"
#include "server/report_views.h"

namespace nozama {
namespace {

std::string_view mark(DoctorFinding::Level level) {
  switch (level) {
    case DoctorFinding::Level::kOk: return "ok";
    case DoctorFinding::Level::kRepaired: return "repaired";
    case DoctorFinding::Level::kWarning: return "warning";
    case DoctorFinding::Level::kProblem: return "PROBLEM";
  }
  return "";
}

void print_table(const std::vector<DoctorFinding>& findings) {
  std::map<DoctorFinding::Level, int> counts;
  for (const DoctorFinding& finding : findings) {
    ++counts[finding.level];
    fmt::print("{:<9} {:<11} {}\n", mark(finding.level), finding.check, finding.detail);
  }
  fmt::print("{} ok, {} repaired, {} warnings, {} problems\n", counts[DoctorFinding::Level::kOk], counts[DoctorFinding::Level::kRepaired],
             counts[DoctorFinding::Level::kWarning], counts[DoctorFinding::Level::kProblem]);
}

int run_doctor(const CommandContext& context, const DoctorOptions& options) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto findings = examine(workspace_options(*config, EncodeFor::kOnePhoto), options);
  if (context.json) {
    fmt::print("{}\n", doctor_json(findings));
  } else {
    print_table(findings);
  }
  const bool healthy = std::ranges::none_of(findings, [](const DoctorFinding& finding) { return finding.level == DoctorFinding::Level::kProblem; });
  return healthy ? 0 : kExitPartly;
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("doctor", "Check the database, pictures, index, model, disk and clock of a shop");
  auto options = std::make_shared<DoctorOptions>();
  command->add_flag("--pictures", options->all_pictures, "compare every picture with its checksum, not a sample");
  command->add_flag("--repair", options->repair,
                    "make again what is damaged and derived: index, thumbnails; remove leftovers; read lost pictures again where they came from");
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "fetch-networks", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, options] { context.run = [&context, options] { return run_doctor(context, *options); }; });
}

}  // namespace nozama
