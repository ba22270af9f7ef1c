#include "engine/evaluation_gallery.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "engine/search_session.h"
#include "engine/workspace.h"
#include "feeds/picture_files.h"
#include "image/decode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<VectorIndex>> copy_of_index(Workspace& workspace, const Live& live) {
  const auto copy = fs::temp_directory_path() / fmt::format("nozama-eval-{}.nzi", random_hex(8));
  const Status saved = live.index->save(copy, {workspace.catalog().catalogue_id(), live.model->space(), 0});
  auto loaded = saved ? load_embedded_index(copy) : Result<LoadedIndex>(propagate(saved));
  std::error_code ignored;
  fs::remove(copy, ignored);
  if (!loaded) return propagate(loaded);
  return std::move(loaded->index);
}

double score_of_best(const Live& live, std::span<const float> embedding) {
  NeighbourQuery query;
  query.k = 1;
  query.partitions = gate_embedding(live, embedding, Gate::kSoft).partitions;
  const auto hits = search_embedding(live, embedding, query);
  return hits && !hits->empty() ? live.model->parameters.calibration.score(static_cast<double>(hits->front().score)) : 0;
}

}  // namespace

Result<Gallery> read_gallery(Workspace& workspace, const std::string& encoder_id) {
  Gallery gallery;
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&gallery](const IndexRow& row) {
    if (gallery.category_of.try_emplace(row.product.value, row.category).second) ++gallery.products_in[row.category.value];
    return Status{};
  });
  if (!read) return propagate(read);
  return gallery;
}

Result<Distractors> add_distractors(Workspace& workspace, Live& live, const fs::path& folder, const std::function<void(int64_t, int64_t)>& progress,
                                    std::stop_token stop) {
  const auto files = list_picture_files(folder);
  if (!files) return propagate(files);
  if (files->empty()) return fail(ErrorCode::kInvalidArgument, "empty_feed", fmt::format("{} has no pictures", folder.string()));
  auto index = copy_of_index(workspace, live);
  if (!index) return propagate(index);
  Distractors distractors;
  for (size_t i = 0; i < files->size(); ++i) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
    if (progress) progress(static_cast<int64_t>(i), static_cast<int64_t>(files->size()));
    const auto bytes = read_file(folder / (*files)[i], kPictureFileBytesMax);
    StageTimings timings;
    const auto embedding = bytes ? embed_photo(*live.model->encoder, *bytes, std::nullopt, timings) : Result<std::vector<float>>(propagate(bytes));
    if (!embedding) {
      distractors.skipped.push_back(fmt::format("{}: {}", (folder / (*files)[i]).string(), embedding.error().message));
      continue;
    }
    distractors.refused += score_of_best(live, *embedding) < live.model->parameters.min_score ? 1 : 0;
    const GatedSearch gated = gate_embedding(live, *embedding, Gate::kHard);
    IndexedProduct product;
    product.product.value = -(distractors.added + 1);  // no product of the catalogue has a negative id
    if (!gated.partitions.empty()) product.partition = gated.partitions.front().partition;
    product.pictures.push_back({{product.product.value}, live.model->projection.apply(*embedding)});
    const Status added = (*index)->upsert(std::span(&product, 1));
    if (added) {
      ++distractors.added;
    } else {
      distractors.skipped.push_back(fmt::format("{}: {}", (folder / (*files)[i]).string(), added.error().message));
    }
  }
  live.index = std::move(*index);
  return distractors;
}

}  // namespace nozama
