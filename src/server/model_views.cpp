#include "server/model_views.h"

#include <algorithm>
#include <boost/json.hpp>

namespace nozama {
namespace {

namespace json = boost::json;

json::object view(const BundleManifest& bundle) {
  json::array precisions, files;
  for (const Precision precision : available_precisions(bundle)) precisions.emplace_back(precision_name(precision));
  for (const BundleFile& file : bundle.files) files.push_back(json::object{{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  const FeatureMapShape& map = bundle.feature_map;
  return {{"name", bundle.name},
          {"version", bundle.version},
          {"title", bundle.title},
          {"licence", bundle.licence},
          {"source", bundle.source},
          {"input_size", bundle.input_size},
          {"crop_share", bundle.crop_share},
          {"embedding_dim", bundle.embedding_dim},
          {"feature_map", map.channels > 0 ? json::value(json::array{map.channels, map.height, map.width}) : json::value()},
          {"logits", bundle.logit_count},
          {"precisions", std::move(precisions)},
          {"bytes", bundle_bytes(bundle)},
          {"files", std::move(files)}};
}

}  // namespace

double speed_up(const BundleTimings& bundle, const PrecisionTiming& timing) {
  const auto f32 = std::ranges::find(bundle.timings, Precision::kF32, &PrecisionTiming::precision);
  return f32 == bundle.timings.end() || f32->pictures_per_second <= 0 ? 1 : timing.pictures_per_second / f32->pictures_per_second;
}

int64_t bundle_bytes(const BundleManifest& manifest) {
  int64_t bytes = 0;
  for (const BundleFile& file : manifest.files) bytes += file.bytes;
  return bytes;
}

std::string bundle_list_json(const std::vector<BundleManifest>& bundles) {
  json::array list;
  for (const BundleManifest& bundle : bundles) list.emplace_back(view(bundle));
  return json::serialize(json::object{{"bundles", std::move(list)}});
}

std::string bundle_json(const BundleManifest& bundle) { return json::serialize(view(bundle)); }

std::string bundle_timings_json(const std::vector<BundleTimings>& bundles, size_t threads) {
  json::array list;
  for (const BundleTimings& bundle : bundles) {
    json::array precisions;
    for (const PrecisionTiming& timing : bundle.timings) {
      precisions.push_back(json::object{{"precision", precision_name(timing.precision)},
                                        {"one_picture_ms", timing.one_picture_ms},
                                        {"pictures_per_second", timing.pictures_per_second},
                                        {"ratio_to_f32", speed_up(bundle, timing)}});
    }
    list.push_back(json::object{
        {"name", bundle.name}, {"version", bundle.version}, {"best", precision_name(best_precision(bundle.timings))}, {"precisions", std::move(precisions)}});
  }
  return json::serialize(json::object{{"threads", threads}, {"bundles", std::move(list)}});
}

}  // namespace nozama
