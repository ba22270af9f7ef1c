#include "engine/encoder_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/workspace.h"
#include "model/bundle.h"

namespace nozama {

Result<EncoderChoice> choose_precision(Workspace& workspace, const std::string& bundle, std::optional<Precision> given, std::stop_token stop) {
  const auto models = find_models_dir(workspace.options().models_dir);
  if (!models) return propagate(models);
  const auto manifest = read_bundle_manifest(*models / bundle);
  if (!manifest) return propagate(manifest);
  std::vector<Precision> candidates = available_precisions(*manifest);
  // Where bf16 is native it is faster than f32 by far and loses nothing that can be measured: f32 need not run against it.
  if (std::ranges::find(candidates, Precision::kBf16) != candidates.end()) std::erase(candidates, Precision::kF32);
  EncoderChoice choice{{manifest->name, manifest->version, candidates.front()}, {}};
  if (given) choice.id.precision = *given;
  if (given || candidates.size() == 1) return choice;
  const auto timings = bench_precisions(*models / bundle, {.threads = workspace.options().threads,
                                                           .seconds = 1,
                                                           .latency = false,
                                                           .cache_dir = workspace.dir().model_cache(),
                                                           .precisions = candidates,
                                                           .stop = std::move(stop)});
  if (!timings) return propagate(timings, fmt::format("measuring {}", bundle));
  choice.id.precision = best_precision(*timings);
  choice.timings = *timings;
  return choice;
}

std::string describe(const EncoderChoice& choice) {
  if (choice.timings.empty()) return "";
  std::string text = fmt::format("{}, the best here", precision_name(choice.id.precision));
  std::string_view separator = ": ";
  for (const PrecisionTiming& timing : choice.timings) {
    text += fmt::format("{}{} {:.0f} pictures/s", separator, precision_name(timing.precision), timing.pictures_per_second);
    separator = ", ";
  }
  return text;
}

}  // namespace nozama
