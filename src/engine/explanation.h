// What matched between a query and its results, place by place.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/live_index.h"
#include "engine/photo_reading.h"
#include "engine/search.h"

namespace nozama {

class Workspace;

// The feature maps of the product pictures that were explained last: encoding one again takes as long as a search. Thread-safe.
class FeatureMapCache {
 public:
  struct Entry {
    std::string key;
    std::vector<float> feature_map;
    CropBox seen;  // what of the picture the map covers
  };

  explicit FeatureMapCache(size_t entries_max = 32) : entries_max_(entries_max) {}

  std::shared_ptr<const Entry> find(const std::string& key);
  void keep(std::shared_ptr<const Entry> entry);

 private:
  size_t entries_max_;
  std::mutex mutex_;
  std::list<std::shared_ptr<const Entry>> entries_;  // last used first
};

// What is explained: the query's embedding, and its reading where it was a photo.
struct ExplainedQuery {
  std::span<const float> embedding;
  const PhotoReading* photo = nullptr;
};

// Adds a heat map to each result; pictures[i] is the picture by which results[i] was found; {0} = by none, and nothing is added. With an encoder without
// feature maps nothing is added; where a product's picture is gone or cannot be read, its side is absent.
Status add_heat_maps(Workspace& workspace, const Live& live, FeatureMapCache& cache, const ExplainedQuery& query, std::span<const PictureId> pictures,
                     std::span<SearchHit> results);

}  // namespace nozama
