#include "image/dominant_colours.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace nozama {
namespace {

constexpr size_t kCentresMax = 6;       // of k-means; those of one name are joined afterwards
constexpr int kRounds = 8;              // of k-means
constexpr size_t kColoursMax = 4;       // in the answer
constexpr float kEdge = 4.5F;           // step between neighbouring pixels that stops a background
constexpr float kGlare = 1;             // L by which a background may be brighter than the border
constexpr float kMixture = 12;          // ΔE to a neighbour that halves a pixel's weight
constexpr float kForegroundMin = 0.1F;  // of the subject's weight must be left when the background is taken away

struct Lab {
  float l = 0, a = 0, b = 0;
  friend bool operator==(const Lab&, const Lab&) = default;
};

float linear(float value) { return value <= 0.04045F ? value / 12.92F : std::pow((value + 0.055F) / 1.055F, 2.4F); }

// The cube root of CIE 15:2004 over 0..1 in steps of 1/4095, and sRGB's curve (IEC 61966-2-1) for each byte.
struct Tables {
  std::array<float, 256> linear_of{};
  std::array<float, 4096> root_of{};

  Tables() {
    for (size_t i = 0; i < linear_of.size(); ++i) linear_of[i] = linear(static_cast<float>(i) / 255.0F);
    for (size_t i = 0; i < root_of.size(); ++i) {
      const float t = static_cast<float>(i) / 4095.0F;
      root_of[i] = t > 0.008856F ? std::cbrt(t) : 7.787F * t + 16.0F / 116.0F;
    }
  }
  float root(float t) const { return root_of[static_cast<size_t>(std::clamp(t, 0.0F, 1.0F) * 4095.0F + 0.5F)]; }
};

// D65, 2 degrees.
Lab to_lab(uint8_t red, uint8_t green, uint8_t blue) {
  static const Tables tables;
  const float r = tables.linear_of[red], g = tables.linear_of[green], b = tables.linear_of[blue];
  const float x = tables.root((0.4124F * r + 0.3576F * g + 0.1805F * b) / 0.95047F);
  const float y = tables.root(0.2126F * r + 0.7152F * g + 0.0722F * b);
  const float z = tables.root((0.0193F * r + 0.1192F * g + 0.9505F * b) / 1.08883F);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

float square(float value) { return value * value; }
float distance2(const Lab& p, const Lab& q) { return square(p.l - q.l) + square(p.a - q.a) + square(p.b - q.b); }

// CIE94 (graphic arts), squared; `reference` is the standard.
float cie94(const Lab& reference, const Lab& sample) {
  const float chroma = std::hypot(reference.a, reference.b);
  const float dc = chroma - std::hypot(sample.a, sample.b);
  const float dh2 = std::max(0.0F, square(reference.a - sample.a) + square(reference.b - sample.b) - square(dc));
  return square(reference.l - sample.l) + square(dc / (1 + 0.045F * chroma)) + dh2 / square(1 + 0.015F * chroma);
}

constexpr std::array<std::string_view, 14> kNames = {"black",  "grey",  "white",     "beige", "brown", "red",    "orange",
                                                     "yellow", "green", "turquoise", "blue",  "navy",  "purple", "pink"};

struct Reference {
  std::string_view name;
  uint8_t r, g, b;
};

// What people call by these names on a screen (after the colour survey of xkcd.com, 2010, CC0: its basic names and their
// shades), and things of that colour under lamps, which are duller.
constexpr auto kReferences = std::to_array<Reference>({
    {"black", 0, 0, 0},       {"black", 24, 24, 24},      {"black", 48, 48, 50},      {"grey", 76, 77, 78},      {"grey", 100, 98, 94},
    {"grey", 128, 128, 128},  {"grey", 169, 169, 169},    {"grey", 195, 196, 195},    {"white", 255, 255, 255},  {"white", 228, 229, 228},
    {"beige", 230, 218, 166}, {"beige", 255, 248, 210},   {"beige", 209, 178, 135},   {"beige", 222, 205, 180},  {"brown", 101, 55, 0},
    {"brown", 61, 28, 2},     {"brown", 143, 91, 50},     {"brown", 173, 129, 80},    {"brown", 165, 125, 62},   {"beige", 205, 170, 115},
    {"brown", 110, 80, 62},   {"red", 229, 0, 0},         {"red", 150, 15, 20},       {"red", 101, 0, 33},       {"red", 190, 60, 55},
    {"orange", 249, 115, 6},  {"orange", 202, 102, 65},   {"orange", 255, 160, 70},   {"yellow", 255, 255, 20},  {"yellow", 206, 179, 1},
    {"yellow", 255, 218, 3},  {"yellow", 255, 255, 126},  {"yellow", 196, 158, 55},   {"yellow", 168, 130, 38},  {"orange", 180, 95, 62},
    {"green", 21, 176, 26},   {"green", 3, 70, 10},       {"green", 150, 249, 123},   {"green", 110, 117, 14},   {"green", 135, 174, 115},
    {"green", 60, 110, 70},   {"turquoise", 6, 194, 172}, {"turquoise", 2, 147, 134}, {"turquoise", 0, 95, 106}, {"turquoise", 19, 234, 201},
    {"blue", 3, 67, 223},     {"blue", 117, 187, 253},    {"blue", 149, 208, 252},    {"blue", 60, 115, 168},    {"blue", 90, 125, 154},
    {"navy", 1, 21, 62},      {"navy", 35, 45, 90},       {"purple", 126, 30, 156},   {"purple", 199, 159, 239}, {"purple", 88, 15, 65},
    {"purple", 110, 85, 140}, {"pink", 255, 129, 192},    {"pink", 255, 207, 220},    {"pink", 203, 65, 107},    {"pink", 207, 98, 117},
    {"pink", 255, 2, 141},
});

std::string_view name_of(const Lab& colour) {
  static const auto points = [] {
    std::array<Lab, kReferences.size()> all{};
    for (size_t i = 0; i < all.size(); ++i) all[i] = to_lab(kReferences[i].r, kReferences[i].g, kReferences[i].b);
    return all;
  }();
  size_t best = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    if (cie94(points[i], colour) < cie94(points[best], colour)) best = i;
  }
  return kReferences[best].name;
}

struct SmallCopy {
  Image image;
  std::vector<Lab> lab;
  std::vector<float> weight;  // how much each pixel is subject

  explicit SmallCopy(const Image& picture) : image(fit_within(picture, kColourSide)) {
    const size_t pixels = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
    lab.reserve(pixels);
    for (size_t i = 0; i < pixels; ++i) lab.push_back(to_lab(image.rgb[3 * i], image.rgb[3 * i + 1], image.rgb[3 * i + 2]));
  }
  size_t at(int x, int y) const { return static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x); }
};

// 1 in the middle, 0 at the border: for want of anything better.
float middle_weight(double x, double y) { return static_cast<float>(std::max(0.05, 16 * x * (1 - x) * y * (1 - y))); }

// Where on one axis of a grid a pixel stands: between two cells, whose values stand at their middles.
struct GridPlace {
  bool inside = false;
  size_t first = 0, second = 0;
  float fraction = 0;
};

std::vector<GridPlace> grid_places(int pixels, double start, double extent, int cells) {
  std::vector<GridPlace> places(static_cast<size_t>(pixels));
  for (int i = 0; i < pixels; ++i) {
    const double place = ((i + 0.5) / pixels - start) / extent;
    if (!(place >= 0 && place <= 1)) continue;
    const double position = std::clamp(place * cells - 0.5, 0.0, static_cast<double>(cells - 1));
    const int first = std::min(static_cast<int>(position), std::max(0, cells - 2));
    places[static_cast<size_t>(i)] = {true, static_cast<size_t>(first), static_cast<size_t>(std::min(first + 1, cells - 1)),
                                      static_cast<float>(position - first)};
  }
  return places;
}

// 0 outside the grid's box.
float grid_weight(const SubjectGrid& grid, const GridPlace& x, const GridPlace& y) {
  if (!x.inside || !y.inside) return 0;
  const auto between = [&](size_t row) {
    const float* values = grid.values.data() + row * static_cast<size_t>(grid.width);
    return values[x.first] * (1 - x.fraction) + values[x.second] * x.fraction;
  };
  const float weight = between(y.first) * (1 - y.fraction) + between(y.second) * y.fraction;
  return std::isfinite(weight) ? std::max(0.0F, weight) : 0;
}

float sum_of(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return static_cast<float>(sum);
}

void weigh(SmallCopy& copy, const SubjectGrid& subject) {
  const bool known = subject.width > 0 && subject.height > 0 && subject.box.w > 0 && subject.box.h > 0 &&
                     subject.values.size() == static_cast<size_t>(subject.width) * static_cast<size_t>(subject.height);
  const int width = copy.image.width, height = copy.image.height;
  copy.weight.clear();
  if (known) {
    const auto columns = grid_places(width, subject.box.x, subject.box.w, subject.width),
               rows = grid_places(height, subject.box.y, subject.box.h, subject.height);
    for (const GridPlace& row : rows) {
      for (const GridPlace& column : columns) copy.weight.push_back(grid_weight(subject, column, row));
    }
  }
  if (known && sum_of(copy.weight) > 0) return;
  copy.weight.clear();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) copy.weight.push_back(middle_weight((x + 0.5) / width, (y + 0.5) / height));
  }
}

// Between neighbouring pixels, squared. A shadow changes the lightness alone, so other changes count double.
float step2(const Lab& p, const Lab& q) { return square(p.l - q.l) + square(2 * (p.a - q.a)) + square(2 * (p.b - q.b)); }

// Which pixels the border's background reaches without crossing an edge: shadows run out softly, things do not. It does
// not reach what is brighter than the border, or a white thing in a white studio would be background.
std::vector<uint8_t> background(const SmallCopy& copy) {
  const int width = copy.image.width, height = copy.image.height;
  const float subject_weight = 0.5F * *std::ranges::max_element(copy.weight);
  std::vector<uint8_t> reached(copy.lab.size());
  std::vector<std::pair<int, int>> open;
  float brightest = 0;
  const auto reach = [&](int x, int y) {
    reached[copy.at(x, y)] = 1;
    open.emplace_back(x, y);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool border = x == 0 || y == 0 || x == width - 1 || y == height - 1;
      if (!border || copy.weight[copy.at(x, y)] >= subject_weight) continue;
      brightest = std::max(brightest, copy.lab[copy.at(x, y)].l);
      reach(x, y);
    }
  }
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    const Lab& here = copy.lab[copy.at(x, y)];
    for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const int nx = x + dx, ny = y + dy;
      if (nx < 0 || ny < 0 || nx >= width || ny >= height || reached[copy.at(nx, ny)] != 0) continue;
      const Lab& there = copy.lab[copy.at(nx, ny)];
      if (there.l < brightest + kGlare && step2(here, there) < square(kEdge)) reach(nx, ny);
    }
  }
  return reached;
}

// Pixels of the small copy that lie on an edge are mixtures of two colours, and neither.
void leave_out_mixtures(SmallCopy& copy) {
  const int width = copy.image.width, height = copy.image.height;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Lab& here = copy.lab[copy.at(x, y)];
      const float across =
          std::max(distance2(here, copy.lab[copy.at(std::max(0, x - 1), y)]), distance2(here, copy.lab[copy.at(std::min(width - 1, x + 1), y)]));
      const float down =
          std::max(distance2(here, copy.lab[copy.at(x, std::max(0, y - 1))]), distance2(here, copy.lab[copy.at(x, std::min(height - 1, y + 1))]));
      copy.weight[copy.at(x, y)] /= 1 + std::max(across, down) / square(kMixture);
    }
  }
}

void leave_out_background(SmallCopy& copy) {
  const std::vector<uint8_t> reached = background(copy);
  std::vector<float> left = copy.weight;
  for (size_t i = 0; i < left.size(); ++i) {
    if (reached[i] != 0) left[i] = 0;
  }
  if (sum_of(left) >= kForegroundMin * sum_of(copy.weight)) copy.weight = std::move(left);
}

// Weighted colours: pixels of one cell of a 16×16×16 cube become their mean, so that k-means has little to do.
struct Sample {
  Lab lab;
  double r = 0, g = 0, b = 0;
  float weight = 0;

  void add(const Sample& other) {
    const float total = weight + other.weight;
    const float part = total > 0 ? other.weight / total : 0;
    lab = {lab.l + (other.lab.l - lab.l) * part, lab.a + (other.lab.a - lab.a) * part, lab.b + (other.lab.b - lab.b) * part};
    const auto mix = [part](double& mine, double theirs) { mine += (theirs - mine) * static_cast<double>(part); };
    mix(r, other.r);
    mix(g, other.g);
    mix(b, other.b);
    weight = total;
  }
};

std::vector<Sample> samples_of(const SmallCopy& copy) {
  std::vector<uint16_t> slot(4096, 0);
  std::vector<Sample> samples;
  for (size_t i = 0; i < copy.lab.size(); ++i) {
    if (copy.weight[i] <= 0) continue;
    const uint8_t* rgb = copy.image.rgb.data() + 3 * i;
    uint16_t& index = slot[static_cast<size_t>(rgb[0] >> 4 << 8 | rgb[1] >> 4 << 4 | rgb[2] >> 4)];
    if (index == 0) {
      samples.emplace_back();
      index = static_cast<uint16_t>(samples.size());
    }
    samples[index - 1U].add({copy.lab[i], static_cast<double>(rgb[0]), static_cast<double>(rgb[1]), static_cast<double>(rgb[2]), copy.weight[i]});
  }
  return samples;
}

// Lightness counts less than hue: one thing has many shades, its colour is one.
float unlikeness(const Lab& p, const Lab& q) { return 0.4F * square(p.l - q.l) + square(p.a - q.a) + square(p.b - q.b); }

// First centres as k-means++ would choose them, without chance: always the sample that is farthest for its weight.
std::vector<Lab> first_centres(const std::vector<Sample>& samples) {
  std::vector<Lab> centres = {std::ranges::max_element(samples, {}, &Sample::weight)->lab};
  std::vector<float> nearest(samples.size(), INFINITY);
  while (centres.size() < std::min(kCentresMax, samples.size())) {
    size_t best = 0;
    float most = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      nearest[i] = std::min(nearest[i], unlikeness(samples[i].lab, centres.back()));
      const float gain = nearest[i] * samples[i].weight;
      if (gain > most) {
        most = gain;
        best = i;
      }
    }
    if (most <= 0) break;
    centres.push_back(samples[best].lab);
  }
  return centres;
}

std::vector<Sample> k_means(const std::vector<Sample>& samples) {
  std::vector<Lab> centres = first_centres(samples);
  std::vector<Sample> clusters;
  bool moved = true;
  for (int round = 0; round < kRounds && moved; ++round) {
    moved = false;
    clusters.assign(centres.size(), {});
    for (const Sample& sample : samples) {
      const auto nearest = std::ranges::min_element(centres, {}, [&sample](const Lab& centre) { return unlikeness(sample.lab, centre); });
      clusters[static_cast<size_t>(nearest - centres.begin())].add(sample);
    }
    for (size_t i = 0; i < centres.size(); ++i) {
      if (clusters[i].weight <= 0 || clusters[i].lab == centres[i]) continue;
      centres[i] = clusters[i].lab;
      moved = true;
    }
  }
  return clusters;
}

}  // namespace

std::span<const std::string_view> colour_names() { return kNames; }

std::string_view colour_name(uint8_t r, uint8_t g, uint8_t b) { return name_of(to_lab(r, g, b)); }

std::vector<DominantColour> dominant_colours(const Image& image, const SubjectGrid& subject) {
  std::vector<DominantColour> colours;
  if (image.width < 1 || image.height < 1) return colours;
  SmallCopy copy(image);
  weigh(copy, subject);
  leave_out_background(copy);
  leave_out_mixtures(copy);
  std::map<std::string_view, Sample> named;
  for (const Sample& cluster : k_means(samples_of(copy))) {
    if (cluster.weight > 0) named[name_of(cluster.lab)].add(cluster);
  }
  const float total = sum_of(copy.weight);
  const auto byte = [](double value) { return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L)); };
  for (const auto& [name, colour] : named) {
    colours.push_back({name, byte(colour.r), byte(colour.g), byte(colour.b), std::min(1.0F, colour.weight / total)});
  }
  std::ranges::stable_sort(colours, std::ranges::greater{}, &DominantColour::share);
  while (colours.size() > 1 && (colours.size() > kColoursMax || colours.back().share < kColourShareMin)) colours.pop_back();
  return colours;
}

}  // namespace nozama
