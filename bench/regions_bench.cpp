// How good the regions of a photo are, and what they cost. Each photo of queries.csv (picture, product_id) is searched as it is; then the middles
// of two are put side by side, and each of the two products is looked for by the vector of the region on its side, by
// encoding the photo again cropped to that region's box, and by the whole photo.
//   build/release/bench/regions_bench build/demo-data demo
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "engine/engine.h"
#include "engine/live_index.h"
#include "engine/photo_reading.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

struct LabelledPhoto {
  std::filesystem::path path;
  std::string product;
};

std::vector<LabelledPhoto> read_queries(const std::filesystem::path& dir) {
  std::ifstream stream(dir / "queries.csv");
  std::vector<LabelledPhoto> photos;
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line)) {
    if (line.ends_with('\r')) line.pop_back();
    const size_t comma = line.find(',');
    if (comma != std::string::npos) photos.push_back({dir / line.substr(0, comma), line.substr(comma + 1)});
  }
  return photos;
}

// The share of lookups that had the product among the first 1, 5 and 30.
class Recall {
 public:
  void add(const std::optional<SearchAnswer>& answer, const std::string& product) {
    ++lookups_;
    if (!answer) return;
    const auto found = std::ranges::find_if(answer->results, [&product](const SearchHit& hit) { return hit.product.external_id == product; });
    const auto rank = found - answer->results.begin();
    for (size_t i = 0; i < kFirst.size(); ++i) found_[i] += found != answer->results.end() && rank < kFirst[i] ? 1 : 0;
  }
  void print(const char* name) const {
    fmt::print("{:<44}", name);
    for (size_t i = 0; i < kFirst.size(); ++i) fmt::print("  R@{} {:.3f}", kFirst[i], static_cast<double>(found_[i]) / std::max(1, lookups_));
    fmt::print("  ({} lookups)\n", lookups_);
  }

 private:
  static constexpr std::array<int, 3> kFirst = {1, 5, 30};
  std::array<int, 3> found_{};
  int lookups_ = 0;
};

std::optional<SearchAnswer> ask(Engine& engine, SearchSubject subject, std::optional<CropBox> crop_box = std::nullopt) {
  SearchQuery query;
  query.subject = std::move(subject);
  query.crop = crop_box;
  query.min_score = 0;
  auto answer = engine.search(query);
  if (answer) return std::move(*answer);
  fmt::print(stderr, "{}\n", answer.error().message);
  return std::nullopt;
}

Image middle_of(const std::filesystem::path& path, int width, int height) {
  const auto bytes = read_file(path);
  const auto image = bytes ? decode_image(*bytes) : Result<Image>(propagate(bytes));
  if (!image) return make_image(width, height);
  return resize(crop(*image, {.x = 1.0 / 6, .y = 0, .w = 2.0 / 3, .h = 1}), width, height);
}

std::vector<std::byte> side_by_side(const std::filesystem::path& left, const std::filesystem::path& right) {
  constexpr int kWidth = 320, kHeight = 480;
  Image both = make_image(2 * kWidth, kHeight);
  const std::array<Image, 2> halves = {middle_of(left, kWidth, kHeight), middle_of(right, kWidth, kHeight)};
  for (int y = 0; y < kHeight; ++y) {
    for (size_t half = 0; half < 2; ++half) std::memcpy(both.row(y) + half * kWidth * 3, halves[half].row(y), size_t{kWidth} * 3);
  }
  return encode_webp(both, 95).value_or(std::vector<std::byte>{});
}

void single_things(Engine& engine, const std::vector<LabelledPhoto>& photos) {
  Recall whole, region;
  size_t regions = 0;
  for (const LabelledPhoto& photo : photos) {
    const auto bytes = read_file(photo.path);
    const auto answer = bytes ? ask(engine, PhotoSubject{*bytes}) : std::nullopt;
    whole.add(answer, photo.product);
    const bool any = answer && !answer->regions.empty();
    region.add(any ? ask(engine, VectorSubject{answer->regions.front().vector}) : std::nullopt, photo.product);
    regions += answer ? answer->regions.size() : 0;
  }
  fmt::print("one thing a photo: {} photos, {:.2f} regions each\n", photos.size(), static_cast<double>(regions) / static_cast<double>(photos.size()));
  whole.print("  whole photo");
  region.print("  first region's vector");
}

void pairs(Engine& engine, const std::vector<LabelledPhoto>& photos) {
  Recall whole, region, encoded_again;
  size_t regions = 0;
  const size_t shift = photos.size() / 2 + 7;
  for (size_t i = 0; i < photos.size(); ++i) {
    const LabelledPhoto& right = photos[(i + shift) % photos.size()];
    const auto bytes = side_by_side(photos[i].path, right.path);
    const auto answer = ask(engine, PhotoSubject{bytes});
    if (!answer) continue;
    regions += answer->regions.size();
    for (const auto& [product, on_left] : {std::pair{photos[i].product, true}, {right.product, false}}) {
      whole.add(answer, product);
      const auto own = std::ranges::find_if(answer->regions, [left = on_left](const PhotoRegion& one) { return (one.box.x + one.box.w / 2 < 0.5) == left; });
      const bool any = own != answer->regions.end();
      region.add(any ? ask(engine, VectorSubject{own->vector}) : std::nullopt, product);
      encoded_again.add(any ? ask(engine, PhotoSubject{bytes}, own->box) : std::nullopt, product);
    }
  }
  fmt::print("two things side by side: {} photos, {:.2f} regions each\n", photos.size(), static_cast<double>(regions) / static_cast<double>(photos.size()));
  whole.print("  whole photo");
  region.print("  vector of the region on its side");
  encoded_again.print("  photo encoded again, cropped to that box");
}

double median(std::vector<double>& values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// One inference alone, and reading a photo of 400 × 533 with everything that a search takes from it, in turns.
void cost(Engine& engine, const std::vector<LabelledPhoto>& photos) {
  const std::shared_ptr<Encoder> encoder = engine.live().model->encoder;
  std::vector<double> inference, with_map, looking;
  for (size_t i = 0; i < 200; ++i) {
    const auto bytes = read_file(photos[i % photos.size()].path);
    const auto image = bytes ? decode_image(*bytes, {}, encoder->info().resize_side()) : Result<Image>(propagate(bytes));
    if (!image) continue;
    Stopwatch watch;
    (void)encoder->encode(*image);
    inference.push_back(watch.lap_ms());
    const auto encoding = encoder->encode(*image, {.feature_map = true});
    with_map.push_back(watch.lap_ms());
    if (!encoding) continue;
    (void)look_closer(*encoder, overview_of(encoder->info(), *image), {}, *encoding);
    looking.push_back(watch.lap_ms());
  }
  fmt::print("cost (median of {}): encode {:.3f} ms, with its feature map {:.3f} ms, colours and regions {:.3f} ms\n", looking.size(), median(inference),
             median(with_map), median(looking));
}

}  // namespace
}  // namespace nozama

int main(int count, char** arguments) {
  using namespace nozama;
  if (count != 3) {
    fmt::print(stderr, "usage: regions_bench DATA_DIR DEMO_DIR\n");
    return 2;
  }
  auto workspace = Workspace::open({.data_dir = arguments[1], .models_dir = "build/models"});
  if (!workspace) {
    fmt::print(stderr, "{}\n", workspace.error().message);
    return 1;
  }
  auto engine = Engine::open(std::move(*workspace));
  const auto photos = read_queries(arguments[2]);
  if (!engine || photos.empty()) {
    fmt::print(stderr, "{}\n", engine ? "there is no queries.csv" : engine.error().message);
    return 1;
  }
  single_things(**engine, photos);
  pairs(**engine, photos);
  cost(**engine, photos);
  return 0;
}
