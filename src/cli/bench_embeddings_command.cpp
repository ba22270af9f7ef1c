#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/bench_commands.h"
#include "cli/model_commands.h"
#include "cli/progress.h"
#include "engine/crop_embeddings.h"

namespace nozama {
namespace {

int run_embeddings(const CommandContext& context, CropEmbeddingOptions options, const std::string& bundle) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto models = models_dir_of(context);
  if (!models) return print_error(models.error());
  const auto named = named_bundle(context, bundle);
  if (!named) return print_error(named.error());
  options.threads = config->threads > 0 ? static_cast<size_t>(config->threads) : processors_for_encoding();
  EncoderOptions how;
  how.mode = EncoderOptions::Mode::kThroughput;
  how.threads = options.threads;
  how.logits = false;
  const auto encoder = open_encoder(*models / named->name, how);
  if (!encoder) return print_error(encoder.error());
  ProgressLine line("embedding", "crops");
  const auto report = embed_crops(**encoder, options, [&](int64_t done, int64_t total) { line.update(done, total); }, context.stop);
  line.finish();
  if (!report) return print_error(report.error());
  fmt::print("{} rows of {} numbers in {}; {} files left out that are no pictures\n", report->rows, (*encoder)->info().embedding_dim, options.out.string(),
             report->unreadable);
  return 0;
}

}  // namespace

void add_bench_embeddings_command(CLI::App& bench, CommandContext& context) {
  CLI::App* command = bench.add_subcommand("embeddings", "Real vectors for `bench index --vectors`: embeddings of crops of a folder's pictures");
  auto options = std::make_shared<CropEmbeddingOptions>();
  auto bundle = std::make_shared<std::string>("efficientnet-lite1");
  command->add_option("--pictures", options->pictures, "a folder, with its subfolders")->required()->check(CLI::ExistingDirectory);
  command->add_option("--out", options->out, "the .npy file to write")->required();
  command->add_option("--crops", options->crops, "of every picture [30]")->check(CLI::Range(1, 10'000));
  command->add_option("--seed", options->seed, "of the crops' places [1]");
  command->add_option("--encoder", *bundle, "the bundle's name [efficientnet-lite1]");
  add_options(*command, context, {"models", "threads", "log-level", "log-format"});
  command->callback([&context, options, bundle] { context.run = [&context, options, bundle] { return run_embeddings(context, *options, *bundle); }; });
}

}  // namespace nozama
