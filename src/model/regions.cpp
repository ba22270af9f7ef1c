#include "model/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "model/dot.h"
#include "model/pooling.h"

namespace nozama {
namespace {

bool fits(std::span<const float> feature_map, const FeatureMapShape& shape) {
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1) return false;
  return std::cmp_equal(feature_map.size(), int64_t{shape.channels} * shape.height * shape.width);
}

// The cosine of two neighbours' departures from the mean above which they are one thing. On renderings of one product in a
// room 0.2 leaves 1.1 regions a picture, on two side by side 2.0 (docs/evaluation.md).
constexpr float kOneThing = 0.2F;
constexpr float kShareMin = 0.05F;  // of the saliency
constexpr size_t kBasinsMax = 16;   // of the highest peaks; a 9 × 9 map has three on average

struct Grid {
  const std::vector<float>& values;
  int height, width;

  template <class Visit>
  void for_each_neighbour(size_t place, const Visit& visit) const {
    const int y = static_cast<int>(place) / width, x = static_cast<int>(place) % width;
    for (int ny = std::max(0, y - 1); ny <= std::min(height - 1, y + 1); ++ny) {
      for (int nx = std::max(0, x - 1); nx <= std::min(width - 1, x + 1); ++nx) {
        if (ny != y || nx != x) visit(static_cast<size_t>(ny * width + nx));
      }
    }
  }
};

using Basin = std::vector<size_t>;  // places

constexpr size_t kNoBasin = SIZE_MAX;

// A watershed: from the highest place down, each joins its highest neighbour's basin or, as a peak, begins one.
std::vector<Basin> basins_of(const Grid& grid) {
  std::vector<size_t> order;
  for (size_t place = 0; place < grid.values.size(); ++place) {
    if (grid.values[place] > 0) order.push_back(place);
  }
  std::ranges::stable_sort(order, std::ranges::greater{}, [&grid](size_t place) { return grid.values[place]; });
  std::vector<size_t> basin_of(grid.values.size(), kNoBasin);
  std::vector<Basin> basins;
  for (const size_t place : order) {
    size_t best = kNoBasin;
    grid.for_each_neighbour(place, [&](size_t next) {
      if (basin_of[next] != kNoBasin && (best == kNoBasin || grid.values[next] > grid.values[best])) best = next;
    });
    if (best == kNoBasin) basins.emplace_back();
    basin_of[place] = best == kNoBasin ? basins.size() - 1 : basin_of[best];
    basins[basin_of[place]].push_back(place);
  }
  basins.resize(std::min(basins.size(), kBasinsMax));
  return basins;
}

std::vector<float> mean_of(std::span<const float> feature_map, size_t places, const Basin& basin) {
  std::vector<float> mean;
  mean.reserve(feature_map.size() / places);
  const float scale = 1.0F / static_cast<float>(basin.size());
  for (size_t first = 0; first < feature_map.size(); first += places) {
    float sum = 0;
    for (const size_t place : basin) sum += feature_map[first + place];
    mean.push_back(sum * scale);
  }
  return mean;
}

// Of all places. In independent sums, which the compiler may keep in vector registers.
std::vector<float> mean_of_picture(std::span<const float> feature_map, size_t places) {
  constexpr size_t kLanes = 8;
  std::vector<float> mean;
  mean.reserve(feature_map.size() / places);
  for (size_t first = 0; first < feature_map.size(); first += places) {
    const float* values = feature_map.data() + first;
    std::array<float, kLanes> sums{};
    size_t place = 0;
    for (; place + kLanes <= places; place += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[place + lane];
    }
    for (; place < places; ++place) sums[0] += values[place];
    mean.push_back(std::accumulate(sums.begin(), sums.end(), 0.0F) / static_cast<float>(places));
  }
  return mean;
}

bool touch(const Grid& grid, const Basin& a, const Basin& b) {
  for (const size_t place : a) {
    bool found = false;
    grid.for_each_neighbour(place, [&](size_t next) { found = found || std::ranges::find(b, next) != b.end(); });
    if (found) return true;
  }
  return false;
}

struct Part {
  Basin basin;
  std::vector<float> departure;  // of its mean from the picture's, of length 1

  Part(std::span<const float> feature_map, Basin places, const std::vector<float>& of_picture, size_t count) : basin(std::move(places)) {
    departure = mean_of(feature_map, count, basin);
    for (size_t i = 0; i < departure.size(); ++i) departure[i] -= of_picture[i];
    const float scale = inverse_length(departure);
    for (float& value : departure) value *= scale;
  }
};

// The two parts that touch and are most alike, if they are alike enough.
std::optional<std::pair<size_t, size_t>> most_alike(const Grid& grid, const std::vector<Part>& parts) {
  std::optional<std::pair<size_t, size_t>> best;
  float best_cosine = kOneThing;
  for (size_t a = 0; a < parts.size(); ++a) {
    for (size_t b = a + 1; b < parts.size(); ++b) {
      const float cosine = dot(parts[a].departure.data(), parts[b].departure.data(), parts[a].departure.size());
      if (cosine <= best_cosine || !touch(grid, parts[a].basin, parts[b].basin)) continue;
      best_cosine = cosine;
      best = {a, b};
    }
  }
  return best;
}

CropBox box_of(const Basin& basin, const FeatureMapShape& shape) {
  int left = shape.width, top = shape.height, right = 0, bottom = 0;
  for (const size_t place : basin) {
    const int y = static_cast<int>(place) / shape.width, x = static_cast<int>(place) % shape.width;
    left = std::min(left, x);
    right = std::max(right, x + 1);
    top = std::min(top, y);
    bottom = std::max(bottom, y + 1);
  }
  const double w = shape.width, h = shape.height;
  return {left / w, top / h, (right - left) / w, (bottom - top) / h};
}

}  // namespace

CropBox seen_part(const EncoderInfo& info, int width, int height) {
  const double side = static_cast<double>(info.input_size) / info.resize_side() * std::min(width, height);
  const double w = side / width, h = side / height;
  return {(1 - w) / 2, (1 - h) / 2, w, h};
}

std::vector<float> saliency_grid(std::span<const float> feature_map, const FeatureMapShape& shape) {
  if (!fits(feature_map, shape)) return {};
  const size_t places = static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width);
  std::vector<float> grid(places, 0.0F);
  for (size_t first = 0; first < feature_map.size(); first += places) {
    for (size_t i = 0; i < places; ++i) grid[i] += shape.relations ? feature_map[first + i] * feature_map[first + i] : feature_map[first + i];
  }
  float sum = 0;
  for (const float value : grid) sum += value;
  const float mean = sum / static_cast<float>(places);
  const float range = *std::ranges::max_element(grid) - mean;
  // A flat map has rounding errors only.
  const bool flat = !all_finite(grid) || !(range > 1e-5F * std::abs(mean));
  for (float& value : grid) value = flat ? 0 : std::max(0.0F, (value - mean) / range);
  return grid;
}

std::vector<SalientRegion> salient_regions(std::span<const float> feature_map, const FeatureMapShape& shape) {
  const std::vector<float> saliency = saliency_grid(feature_map, shape);
  const Grid grid{saliency, shape.height, shape.width};
  std::vector<Part> parts;
  std::vector<float> of_picture;
  for (Basin& basin : basins_of(grid)) {
    if (of_picture.empty()) of_picture = mean_of_picture(feature_map, saliency.size());
    parts.emplace_back(feature_map, std::move(basin), of_picture, saliency.size());
  }
  while (const auto pair = most_alike(grid, parts)) {
    Basin joined = parts[pair->first].basin;
    joined.insert(joined.end(), parts[pair->second].basin.begin(), parts[pair->second].basin.end());
    parts[pair->first] = Part(feature_map, std::move(joined), of_picture, saliency.size());
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(pair->second));
  }
  const float total = std::accumulate(saliency.begin(), saliency.end(), 0.0F);
  std::vector<SalientRegion> regions;
  for (Part& part : parts) {
    float own = 0;
    for (const size_t place : part.basin) own += saliency[place];
    if (own >= kShareMin * total) regions.push_back({box_of(part.basin, shape), std::min(1.0F, own / total), pool_places(feature_map, shape, part.basin)});
  }
  std::ranges::stable_sort(regions, std::ranges::greater{}, &SalientRegion::score);
  if (regions.size() > kRegionsMax) regions.resize(kRegionsMax);
  return regions;
}

CropBox part_of(const CropBox& outer, const CropBox& inner) {
  return {outer.x + inner.x * outer.w, outer.y + inner.y * outer.h, inner.w * outer.w, inner.h * outer.h};
}

}  // namespace nozama
