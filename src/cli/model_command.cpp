#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/model_commands.h"
#include "engine/workspace.h"
#include "model/bundle.h"
#include "server/model_views.h"

namespace nozama {
namespace {

std::string precisions_text(const BundleManifest& bundle) {
  std::vector<std::string_view> names;
  for (const Precision precision : available_precisions(bundle)) names.push_back(precision_name(precision));
  return fmt::format("{}", fmt::join(names, " "));
}

std::string megabytes(int64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

int run_list(const CommandContext& context) {
  const auto models = models_dir_of(context);
  if (!models) return print_error(models.error());
  const auto bundles = list_bundles(*models);
  if (!bundles) return print_error(bundles.error());
  if (context.json) {
    fmt::print("{}\n", bundle_list_json(*bundles));
    return 0;
  }
  fmt::print("{:<22} {:<13} {:<14} {:>6} {:>6} {:>10}  {:<12} {}\n", "name", "version", "precisions", "input", "dim", "size", "licence", "title");
  for (const BundleManifest& bundle : *bundles) {
    fmt::print("{:<22} {:<13} {:<14} {:>6} {:>6} {:>10}  {:<12} {}\n", bundle.name, bundle.version, precisions_text(bundle), bundle.input_size,
               bundle.embedding_dim, megabytes(bundle_bytes(bundle)), bundle.licence, bundle.title);
  }
  return 0;
}

void print_info(const BundleManifest& bundle) {
  const FeatureMapShape& map = bundle.feature_map;
  const auto line = [](std::string_view what, const std::string& value) { fmt::print("{:<12} {}\n", what, value); };
  line("name", bundle.name);
  line("version", bundle.version);
  line("title", bundle.title);
  line("licence", bundle.licence);
  line("source", bundle.source);
  line("precisions", precisions_text(bundle));
  line("input", fmt::format("{0} × {0} pixels, the middle {1:.1f} % of the short side", bundle.input_size, 100 * bundle.crop_share));
  line("embedding", fmt::format("{} numbers", bundle.embedding_dim));
  line("feature map", map.channels > 0 ? fmt::format("{} × {} × {}", map.channels, map.height, map.width) : "none: no regions in photos");
  line("logits", bundle.logit_count > 0 ? fmt::format("{}", bundle.logit_count) : "none");
  for (const BundleFile& file : bundle.files) line("file", fmt::format("{} {} {}", file.sha256, megabytes(file.bytes), file.name));
}

int run_info(const CommandContext& context, const std::string& name) {
  const auto bundle = named_bundle(context, name);
  if (!bundle) return print_error(bundle.error());
  if (context.json) {
    fmt::print("{}\n", bundle_json(*bundle));
  } else {
    print_info(*bundle);
  }
  return 0;
}

void add_list_command(CLI::App& model, CommandContext& context) {
  CLI::App* command = model.add_subcommand("list", "List the encoder bundles that this machine has");
  add_options(*command, context, {"models", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context] { context.run = [&context] { return run_list(context); }; });
}

void add_info_command(CLI::App& model, CommandContext& context) {
  CLI::App* command = model.add_subcommand("info", "Show everything about one encoder bundle");
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "the bundle's name")->required();
  add_options(*command, context, {"models", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, name] { context.run = [&context, name] { return run_info(context, *name); }; });
}

}  // namespace

Result<std::filesystem::path> models_dir_of(const CommandContext& context) {
  const auto config = config_of(context);
  if (!config) return propagate(config);
  return find_models_dir(config->models_dir);
}

Result<BundleManifest> named_bundle(const CommandContext& context, const std::string& name) {
  const auto models = models_dir_of(context);
  if (!models) return propagate(models);
  const auto bundles = list_bundles(*models);
  if (!bundles) return propagate(bundles);
  const auto bundle = std::ranges::find(*bundles, name, &BundleManifest::name);
  if (bundle != bundles->end()) return *bundle;
  std::vector<std::string> names;
  for (const BundleManifest& known : *bundles) names.push_back(known.name);
  return fail(ErrorCode::kNotFound, "bundle_missing",
              fmt::format("there is no encoder bundle '{}' in {}; there are {}", name, models->string(), fmt::join(names, ", ")));
}

void add_model_command(CLI::App& app, CommandContext& context) {
  CLI::App* model = app.add_subcommand("model", "List, add and compare image encoders");
  model->require_subcommand(1);
  add_list_command(*model, context);
  add_info_command(*model, context);
  add_model_use_command(*model, context);
  add_model_add_command(*model, context);
  add_model_bench_command(*model, context);
}

}  // namespace nozama
