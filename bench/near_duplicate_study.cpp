// From what distances on are two pictures the same one? Every picture of the folders gets altered copies; the program prints
// how far copies, recoloured copies and the nearest other pictures are, and what the product's thresholds make of them.
//   build/bench/bench/near_duplicate_study build/models/efficientnet-lite2 demo/pictures [FOLDER …]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "engine/near_duplicates.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/perceptual_hash.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

struct Seen {
  PerceptualHash hash;
  std::vector<float> embedding;  // length 1
};

struct Distances {
  int hash = 0;
  LayoutDifference layout;
  double cosine = 0;
};

Image scaled(const Image& image, double factor) {
  return resize(image, std::max(1, static_cast<int>(image.width * factor)), std::max(1, static_cast<int>(image.height * factor)));
}

Image lighter(Image image, double factor) {
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(std::min(255.0, value * factor));
  return image;
}

Image recompressed(const Image& image, int quality) { return *decode_image(*encode_webp(image, quality)); }

// Turns the hue in YCbCr, which keeps the grey values: what a recoloured variant of a product looks like.
Image hue_turned(Image image, double degrees) {
  const double turn = degrees * 3.14159265358979 / 180, c = std::cos(turn), s = std::sin(turn);
  const auto byte = [](double value) { return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)); };
  for (size_t i = 0; i + 2 < image.rgb.size(); i += 3) {
    const double r = image.rgb[i], g = image.rgb[i + 1], b = image.rgb[i + 2];
    const double y = 0.299 * r + 0.587 * g + 0.114 * b, u = (b - y) * 0.564, v = (r - y) * 0.713;
    const double cb = u * c - v * s, cr = u * s + v * c;
    image.rgb[i] = byte(y + 1.402 * cr), image.rgb[i + 1] = byte(y - 0.344 * cb - 0.714 * cr), image.rgb[i + 2] = byte(y + 1.772 * cb);
  }
  return image;
}

struct Alteration {
  std::string name;
  std::function<Image(const Image&)> make;
};

const std::vector<Alteration>& alterations() {
  static const std::vector<Alteration> kAll = {
      {"quality 75", [](const Image& i) { return recompressed(i, 75); }},
      {"quality 40", [](const Image& i) { return recompressed(i, 40); }},
      {"half size", [](const Image& i) { return scaled(i, 0.5); }},
      {"200 pixels, quality 60", [](const Image& i) { return recompressed(fit_within(i, 200), 60); }},
      {"brighter by 8 %", [](const Image& i) { return lighter(i, 1.08); }},
      {"darker by 12 %", [](const Image& i) { return lighter(i, 0.88); }},
      {"2 % cut off each side", [](const Image& i) { return crop(i, {0.02, 0.02, 0.96, 0.96}); }},
      {"5 % cut off each side", [](const Image& i) { return crop(i, {0.05, 0.05, 0.9, 0.9}); }},
      {"hue turned by 20 degrees", [](const Image& i) { return hue_turned(i, 20); }},
      {"hue turned by 60 degrees", [](const Image& i) { return hue_turned(i, 60); }},
      {"hue turned by 180 degrees", [](const Image& i) { return hue_turned(i, 180); }},
  };
  return kAll;
}

Seen see(const Encoder& encoder, const Image& image) {
  Seen seen{perceptual_hash(image), encoder.encode(image)->embedding};
  double length = 0;
  for (const float value : seen.embedding) length += static_cast<double>(value) * value;
  for (float& value : seen.embedding) value = static_cast<float>(value / std::sqrt(length));
  return seen;
}

Distances between(const Seen& a, const Seen& b) {
  double cosine = 0;
  for (size_t i = 0; i < a.embedding.size(); ++i) cosine += static_cast<double>(a.embedding[i]) * b.embedding[i];
  return {hash_distance(a.hash.bits, b.hash.bits), *layout_difference(a.hash.colours, b.hash.colours), cosine};
}

void print_quantiles(const std::string& name, const std::vector<Distances>& all) {
  const auto at = [&all](double share, auto field) {
    std::vector<double> values;
    for (const Distances& one : all) values.push_back(field(one));
    std::sort(values.begin(), values.end());
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  const auto hash = [](const Distances& d) { return static_cast<double>(d.hash); };
  const auto colour = [](const Distances& d) { return d.layout.colour; };
  const auto contrast = [](const Distances& d) { return std::max(d.layout.contrast, 1 / d.layout.contrast); };
  const auto pattern = [](const Distances& d) { return d.layout.pattern; };
  const auto cosine = [](const Distances& d) { return d.cosine; };
  fmt::print(
      "{:26} hash {:2.0f} {:2.0f} {:2.0f} | colour {:.3f} {:.3f} {:.3f} | contrast {:.2f} {:.2f} {:.2f} | pattern {:.4f} {:.4f} {:.4f} | cosine {:.3f} {:.3f} "
      "{:.3f}\n",
      name, at(.5, hash), at(.95, hash), at(.99, hash), at(.5, colour), at(.95, colour), at(.99, colour), at(.5, contrast), at(.95, contrast),
      at(.99, contrast), at(.5, pattern), at(.95, pattern), at(.99, pattern), at(.5, cosine), at(.05, cosine), at(.01, cosine));
}

struct Thresholds {
  int hash;
  double colour, contrast, pattern, cosine;
  double cosine_far = 0;  // where the hash is further than 4 bits
  bool accept(const Distances& d) const {
    return d.hash <= hash && d.layout.colour <= colour && d.layout.contrast <= contrast && d.layout.contrast >= 1 / contrast && d.layout.pattern <= pattern &&
           d.cosine >= (d.hash <= 4 ? cosine : std::max(cosine, cosine_far));
  }
};
// The product's own first (engine/near_duplicates.h).
const Thresholds kGrid[] = {{DuplicateThresholds::kHashBitsMax, DuplicateThresholds::kColourMax, DuplicateThresholds::kContrastMax,
                             DuplicateThresholds::kPatternMax, DuplicateThresholds::kCosineMin, DuplicateThresholds::kCosineFarMin},
                            {10, .06, 1.2, .02, .85},
                            {10, .06, 1.2, .02, .8},
                            {10, .06, 1.2, .02, .9},
                            {10, .06, 1.2, .02, .93},
                            {10, .04, 1.2, .02, .85},
                            {10, .1, 1.2, .02, .85},
                            {10, .06, 1.2, .01, .85},
                            {10, .06, 1.2, .05, .85},
                            {8, .06, 1.2, .02, .85},
                            {10, .06, 1.2, .02, 0},
                            {64, .06, 1.2, .02, .85}};

std::vector<fs::path> pictures_of(int count, char** folders) {
  std::vector<fs::path> files;
  for (int i = 0; i < count; ++i) {
    for (const auto& entry : fs::recursive_directory_iterator(folders[i])) {
      const std::string kind = entry.path().extension().string();
      if (kind == ".webp" || kind == ".jpg" || kind == ".png") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

int study(int count, char** arguments) {
  auto encoder = open_encoder(arguments[0], {.mode = EncoderOptions::Mode::kThroughput, .threads = 2});
  if (!encoder) return fmt::print(stderr, "{}\n", encoder.error().message), 1;
  const auto files = pictures_of(count - 1, arguments + 1);
  std::vector<Seen> originals(files.size());
  std::vector<std::vector<Distances>> copies(alterations().size(), std::vector<Distances>(files.size()));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < files.size(); i += 2) {
        const auto image = decode_image(*read_file(files[i]), {}, (*encoder)->info().resize_side());
        if (!image) continue;
        originals[i] = see(**encoder, *image);
        for (size_t a = 0; a < copies.size(); ++a) copies[a][i] = between(originals[i], see(**encoder, alterations()[a].make(*image)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (size_t a = 0; a < copies.size(); ++a) print_quantiles(alterations()[a].name, copies[a]);
  std::vector<std::pair<Distances, std::pair<size_t, size_t>>> others;  // the plausible ones
  for (size_t i = 0; i < files.size(); ++i) {
    for (size_t j = i + 1; j < files.size(); ++j) {
      if (hash_distance(originals[i].hash.bits, originals[j].hash.bits) > 14) continue;
      others.push_back({between(originals[i], originals[j]), {i, j}});
    }
  }
  fmt::print("{} pictures, {} pairs of different files within 14 bits\n", files.size(), others.size());
  for (const Thresholds& t : kGrid) {
    fmt::print("hash {} colour {} contrast {} pattern {} cosine {} {}:", t.hash, t.colour, t.contrast, t.pattern, t.cosine, t.cosine_far);
    for (size_t a = 0; a < copies.size(); ++a)
      fmt::print(" {:.1f}",
                 100.0 * static_cast<double>(std::ranges::count_if(copies[a], [&](auto& d) { return t.accept(d); })) / static_cast<double>(files.size()));
    fmt::print(" % of copies; {} pairs\n", std::ranges::count_if(others, [&](auto& o) { return t.accept(o.first); }));
  }
  std::ranges::sort(others, [](auto& a, auto& b) { return a.first.cosine > b.first.cosine; });
  for (const auto& [d, pair] : others) {
    if (!kGrid[0].accept(d)) continue;
    fmt::print("{:2} {:.3f} {:.2f} {:.4f} {:.3f} {} {}\n", d.hash, d.layout.colour, d.layout.contrast, d.layout.pattern, d.cosine,
               files[pair.first].filename().string(), files[pair.second].filename().string());
  }
  return 0;
}

}  // namespace
}  // namespace nozama

int main(int count, char** arguments) {
  if (count < 3) return fmt::print(stderr, "near_duplicate_study BUNDLE FOLDER …\n"), 2;
  return nozama::study(count - 1, arguments + 1);
}
