#include "engine/explanation.h"

#include <algorithm>
#include <utility>

#include "base/half.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "engine/search_session.h"
#include "engine/workspace.h"
#include "media/blob_store.h"
#include "model/encoder.h"
#include "model/heat_map.h"
#include "model/pooling.h"

namespace nozama {
namespace {

using MapPointer = std::shared_ptr<const FeatureMapCache::Entry>;

Result<std::string> content_of(Catalog& catalog, const ProductCard& card, PictureId picture) {
  const auto details = catalog.product(card.external_id, "");
  if (!details) return propagate(details);
  for (const PictureDetails& one : details->pictures) {
    if (one.id == picture) return one.content_hash;
  }
  return fail(ErrorCode::kNotFound, "unknown_picture", "the product has lost this picture since it was found");
}

Result<MapPointer> map_of(Workspace& workspace, const Live& live, FeatureMapCache& cache, const std::string& content_hash) {
  const Encoder& encoder = *live.model->encoder;
  const std::string key = live.model->encoder_id + ' ' + content_hash;
  if (auto kept = cache.find(key)) return kept;
  const auto bytes = workspace.pictures().get(content_hash);
  if (!bytes) return propagate(bytes);
  const auto image = decode_photo(encoder, *bytes, std::nullopt);
  if (!image) return propagate(image);
  auto encoding = encoder.encode(*image, {.feature_map = true});
  if (!encoding) return propagate(encoding);
  auto entry = std::make_shared<FeatureMapCache::Entry>();
  entry->key = key;
  entry->feature_map = std::move(encoding->feature_map);
  entry->seen = seen_part(encoder.info(), image->width, image->height);
  cache.keep(entry);
  return entry;
}

// The vector by which the index knows the picture; empty when it has none any more.
Result<std::vector<float>> indexed_vector(Catalog& catalog, const ServingModel& model, const SearchHit& hit, PictureId picture) {
  std::vector<float> embedding;
  const auto read = catalog.for_each_indexable(model.encoder_id, {hit.product.id}, [&](const IndexRow& row) {
    if (row.picture == picture) embedding = decode_half(row.embedding);
    return Status{};
  });
  if (!read) return propagate(read);
  return embedding.empty() ? embedding : model.projection.apply(embedding);
}

std::optional<HeatGrid> grid_of(std::span<const float> likeness, const FeatureMapShape& shape, const CropBox& box) {
  if (likeness.empty()) return std::nullopt;
  return HeatGrid{box, shape.width, shape.height, heat_of(likeness)};
}

}  // namespace

MapPointer FeatureMapCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(entries_, [&key](const MapPointer& entry) { return entry->key == key; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return entries_.front();
}

void FeatureMapCache::keep(MapPointer entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_front(std::move(entry));
  if (entries_.size() > entries_max_) entries_.pop_back();
}

Status add_heat_maps(Workspace& workspace, const Live& live, FeatureMapCache& cache, const ExplainedQuery& query, std::span<const PictureId> pictures,
                     std::span<SearchHit> results) {
  const ServingModel& model = *live.model;
  const FeatureMapShape& shape = model.encoder->info().feature_map;
  // Places add up to the whole only where the embedding is pooled from the map.
  if (shape.channels < 1 || !std::cmp_equal(pooled_size(shape), model.projection.in)) return {};
  const std::vector<float> query_vector = model.projection.apply(query.embedding);
  for (size_t i = 0; i < results.size(); ++i) {
    if (pictures[i].value == 0) continue;
    HeatMap heat_map;
    if (query.photo != nullptr) {
      const auto vector = indexed_vector(workspace.catalog(), model, results[i], pictures[i]);
      if (!vector) return propagate(vector);
      heat_map.query = grid_of(likeness_by_place(query.photo->feature_map, shape, model.projection, *vector), shape, query.photo->seen);
    }
    const auto content_hash = content_of(workspace.catalog(), results[i].product, pictures[i]);
    const auto map = content_hash ? map_of(workspace, live, cache, *content_hash) : Result<MapPointer>(propagate(content_hash));
    if (map) {
      heat_map.product = grid_of(likeness_by_place((*map)->feature_map, shape, model.projection, query_vector), shape, (*map)->seen);
      heat_map.picture_hash = *content_hash;
    } else {
      log_warning("picture_not_explained", {{"product", results[i].product.external_id}, {"error", map.error().message}});
    }
    results[i].heat_map = std::move(heat_map);
  }
  return {};
}

}  // namespace nozama
