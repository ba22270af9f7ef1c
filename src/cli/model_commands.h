// The subcommands of `nozama model`, and what they share.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "cli/command.h"
#include "model/bundle.h"

namespace nozama {

Result<std::filesystem::path> models_dir_of(const CommandContext& context);

// kNotFound "bundle_missing" lists those that there are.
Result<BundleManifest> named_bundle(const CommandContext& context, const std::string& name);

void add_model_use_command(CLI::App& model, CommandContext& context);
void add_model_add_command(CLI::App& model, CommandContext& context);
void add_model_bench_command(CLI::App& model, CommandContext& context);

}  // namespace nozama
