#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "cli/model_commands.h"
#include "model/onnx_bundle.h"
#include "server/model_views.h"

namespace nozama {
namespace {

constexpr size_t kManifestBytesMax = 1 << 20;

struct AddFlags {
  std::string file, name, preset, manifest, licence, title;
};

Result<OnnxRecipe> recipe_of(const AddFlags& flags) {
  if (flags.preset.empty() && flags.manifest.empty()) {
    return fail(ErrorCode::kInvalidArgument, "onnx_manifest",
                "how the encoder wants its pictures is not known; give --preset for a usual one, or --manifest (docs/models.md describes it)");
  }
  OnnxRecipe recipe;
  if (!flags.preset.empty()) {
    auto preset = onnx_preset(flags.preset);
    if (!preset) return propagate(preset);
    recipe = std::move(*preset);
  }
  if (!flags.manifest.empty()) {
    const auto text = read_text_file(flags.manifest, kManifestBytesMax);
    if (!text) return propagate(text);
    auto parsed = parse_onnx_recipe(*text, recipe);
    if (!parsed) return propagate(parsed, flags.manifest);
    recipe = std::move(*parsed);
  }
  if (!flags.licence.empty()) recipe.licence = flags.licence;
  if (!flags.title.empty()) recipe.title = flags.title;
  return recipe;
}

int run_add(const CommandContext& context, const AddFlags& flags) {
  const auto models = models_dir_of(context);
  if (!models) return print_error(models.error());
  const auto recipe = recipe_of(flags);
  if (!recipe) return print_error(recipe.error());
  OnnxBundleRequest request;
  request.onnx_file = flags.file;
  request.models_dir = *models;
  request.name = flags.name;
  request.recipe = *recipe;
  request.licence_dir = std::filesystem::path(flags.manifest).parent_path();
  const auto bundle = add_onnx_bundle(request);
  if (!bundle) return print_error(bundle.error());
  if (context.json) {
    fmt::print("{}\n", bundle_json(*bundle));
  } else {
    fmt::print("{} version {} is in {}: {} pixels in, {} numbers out{}\n", bundle->name, bundle->version, (*models / bundle->name).string(), bundle->input_size,
               bundle->embedding_dim, bundle->feature_map.channels > 0 ? "" : ", no feature map (so no regions)");
    fmt::print("a new catalogue uses it with --bundle {}\n", bundle->name);
  }
  return 0;
}

}  // namespace

void add_model_add_command(CLI::App& model, CommandContext& context) {
  CLI::App* command = model.add_subcommand("add", "Make an encoder bundle of an ONNX file");
  auto flags = std::make_shared<AddFlags>();
  std::string presets;
  for (const std::string_view preset : onnx_presets()) presets += fmt::format("{}{}", presets.empty() ? "" : ", ", preset);
  command->add_option("file", flags->file, "the ONNX file")->required();
  command->add_option("--name", flags->name, "name of the new bundle")->required();
  command->add_option("--preset", flags->preset, fmt::format("input and output of a usual encoder ({})", presets));
  command->add_option("--manifest", flags->manifest, "JSON that says what goes in and comes out; over the preset, if both are given");
  command->add_option("--licence", flags->licence, "licence of the weights, an SPDX id");
  command->add_option("--title", flags->title, "title for people");
  add_options(*command, context, {"models", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_add(context, *flags); }; });
}

}  // namespace nozama
