// Does a space that is learned from which pictures show the same thing find new products better than principal components, and what becomes of
// colours? The products of a catalogue are divided in two halves; photos of the products of each search the whole catalogue in spaces that have
// learned from the other half alone:
//   build/bench/bench/identity_study build/demo-data demo/queries.csv [COPIES [DIVISIONS]]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.h"
#include "engine/evaluation_photos.h"
#include "engine/identity_space.h"
#include "engine/training_pictures.h"
#include "engine/workspace.h"
#include "model/dot.h"
#include "model/encoder.h"
#include "train/bootstrap.h"
#include "train/discriminant.h"
#include "train/projection.h"

namespace nozama {
namespace {

constexpr size_t kDimension = 256, kThreads = 2;
constexpr std::array<size_t, 3> kDepths = {1, 5, 30};

template <class T>
T checked(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "identity_study: {}\n", result.error().message);
    std::exit(1);
  }
  return std::move(*result);
}

struct Photo {
  int64_t product = 0;
  std::vector<std::vector<float>> embeddings;  // its own and its altered copies'
};

enum class Taught { kNothing, kVariants, kProducts };
constexpr std::array kTaught = {Taught::kNothing, Taught::kVariants, Taught::kProducts};

std::string_view name_of(Taught taught) {
  switch (taught) {
    case Taught::kNothing: return "principal components";
    case Taught::kVariants: return "learned, a variant's pictures belong together";
    case Taught::kProducts: return "learned, a product's pictures belong together";
  }
  return "";
}

// What became of the photos in one space: of each the mean over its copies and the divisions.
struct Outcome {
  std::array<std::vector<double>, kDepths.size()> found;
  std::vector<double> reciprocal_rank;
  double colours = 0;
  size_t identities = 0;  // that taught it

  explicit Outcome(size_t photos) : reciprocal_rank(photos) {
    for (auto& values : found) values.resize(photos);
  }
};

// Of one division: a product's half.
class Halves {
 public:
  Halves(const TrainingPictures& pictures, size_t division) {
    for (const int64_t product : pictures.data.groups) half_of_.try_emplace(product, 0);
    Dataset products{.dim = 0};
    for (const auto& [product, half] : half_of_) {
      products.labels.push_back(0);
      products.groups.push_back(product);
    }
    const auto folds = assign_folds(products, 2, 1 + division);
    size_t next = 0;
    for (auto& [product, half] : half_of_) half = folds[next++];
  }
  size_t of(int64_t product) const { return half_of_.at(product); }
  std::vector<size_t> rows(const TrainingPictures& pictures, size_t half) const {
    std::vector<size_t> rows;
    for (size_t i = 0; i < pictures.data.rows(); ++i) {
      if (of(pictures.data.groups[i]) == half) rows.push_back(i);
    }
    return rows;
  }

 private:
  std::map<int64_t, size_t> half_of_;
};

Projection learn(const TrainingPictures& pictures, const std::vector<size_t>& rows, Taught taught, size_t& identities) {
  Dataset data = select_rows(pictures.data, rows);
  if (taught == Taught::kNothing) return fit_pca(data.features, data.dim, std::min(kDimension, rows.size()));
  std::map<std::pair<int64_t, int64_t>, size_t> number;
  std::vector<size_t> count;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t variant = taught == Taught::kVariants ? pictures.variants[rows[i]] : 0;
    data.labels[i] = number.try_emplace({pictures.data.groups[rows[i]], variant}, number.size()).first->second;
    data.groups[i] = static_cast<int64_t>(i);
    count.resize(number.size());
    ++count[data.labels[i]];
  }
  identities += static_cast<size_t>(std::ranges::count_if(count, [](size_t pictures_of_it) { return pictures_of_it > 1; }));
  return checked(fit_discriminant(data, {.threads = kThreads, .new_identities = true}, {})).projection;
}

// The catalogue in one space, and the rank of a product for a query: by its best picture.
class Gallery {
 public:
  Gallery(const TrainingPictures& pictures, const Projection& projection) : projection_(projection), products_(pictures.data.groups) {
    for (size_t i = 0; i < pictures.data.rows(); ++i) vectors_.push_back(projection.apply(pictures.data.row(i)));
  }

  size_t rank(std::span<const float> embedding, int64_t product) const {
    const std::vector<float> query = projection_.apply(embedding);
    std::unordered_map<int64_t, float> best;
    for (size_t i = 0; i < vectors_.size(); ++i) {
      const float similarity = dot(query.data(), vectors_[i].data(), query.size());
      const auto [entry, fresh] = best.try_emplace(products_[i], similarity);
      if (!fresh) entry->second = std::max(entry->second, similarity);
    }
    const float own = best.at(product);
    return 1 + static_cast<size_t>(std::ranges::count_if(best, [own](const auto& other) { return other.second > own; }));
  }

 private:
  const Projection& projection_;
  std::vector<int64_t> products_;
  std::vector<std::vector<float>> vectors_;
};

void measure(const TrainingPictures& pictures, const std::vector<Photo>& photos, const Halves& halves, Taught taught, double share, Outcome& outcome) {
  for (size_t half = 0; half < 2; ++half) {
    const Projection space = learn(pictures, halves.rows(pictures, half), taught, outcome.identities);
    const Gallery gallery(pictures, space);
    outcome.colours += share / 2 * colour_agreement(pictures, halves.rows(pictures, 1 - half), space, kThreads);
    for (size_t i = 0; i < photos.size(); ++i) {
      if (halves.of(photos[i].product) == half) continue;
      const double weight = share / static_cast<double>(photos[i].embeddings.size());
      for (const auto& embedding : photos[i].embeddings) {
        const size_t rank = gallery.rank(embedding, photos[i].product);
        for (size_t depth = 0; depth < kDepths.size(); ++depth) outcome.found[depth][i] += rank <= kDepths[depth] ? weight : 0;
        outcome.reciprocal_rank[i] += weight / static_cast<double>(rank);
      }
    }
  }
}

void print(Taught taught, const Outcome& outcome, const Outcome& before, size_t divisions) {
  const auto mean = [](const std::vector<double>& values) { return measured_mean(values).value; };
  fmt::print("{:<46} R@1 {:.3f}  R@5 {:.3f}  R@30 {:.3f}  MRR {:.3f}  colours agree {:.3f}", name_of(taught), mean(outcome.found[0]), mean(outcome.found[1]),
             mean(outcome.found[2]), mean(outcome.reciprocal_rank), outcome.colours);
  if (taught != Taught::kNothing) {
    const auto difference = [](const std::vector<double>& a, const std::vector<double>& b) {
      const PairedDifference found = paired_bootstrap(a, b);
      return fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", found.difference, found.interval.low, found.interval.high);
    };
    fmt::print("  R@1 {}  R@30 {}  MRR {}  {} identities a half", difference(before.found[0], outcome.found[0]), difference(before.found[2], outcome.found[2]),
               difference(before.reciprocal_rank, outcome.reciprocal_rank), outcome.identities / (2 * divisions));
  }
  fmt::print("\n");
}

std::vector<Photo> read_photos(Workspace& workspace, const Encoder& encoder, const std::filesystem::path& list, int copies) {
  std::vector<Photo> photos;
  for (const PhotoQuery& query : checked(read_photo_queries(list))) {
    const auto id = checked(workspace.catalog().product_ids({query.product_id}));
    if (id[0]) photos.push_back({id[0]->value, checked(embed_with_copies(encoder, query, copies, 1))});
  }
  return photos;
}

int run(const std::filesystem::path& data_dir, const std::filesystem::path& list, int copies, size_t divisions) {
  auto workspace = checked(Workspace::open({.data_dir = data_dir, .models_dir = "build/models"}));
  const auto encoder = checked(workspace->encoder());
  const auto pictures = checked(read_training_pictures(*workspace, checked(workspace->catalog().serving()).encoder_id, encoder->info().embedding_dim));
  const std::vector<Photo> photos = read_photos(*workspace, *encoder, list, copies);
  std::vector<Outcome> outcomes(kTaught.size(), Outcome(photos.size()));
  for (size_t division = 0; division < divisions; ++division) {
    const Halves halves(pictures, division);
    for (size_t i = 0; i < kTaught.size(); ++i) measure(pictures, photos, halves, kTaught[i], 1.0 / static_cast<double>(divisions), outcomes[i]);
  }
  fmt::print("{} photos, each with {} altered copies, of {} pictures; mean over {} divisions\n", photos.size(), copies, pictures.data.rows(), divisions);
  for (size_t i = 0; i < kTaught.size(); ++i) print(kTaught[i], outcomes[i], outcomes[0], divisions);
  return 0;
}

}  // namespace
}  // namespace nozama

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    fmt::print(stderr, "identity_study DATA QUERIES.csv [COPIES [DIVISIONS]]\n");
    return 2;
  }
  const int copies = argc > 3 ? std::atoi(argv[3]) : 4;
  const int divisions = argc > 4 ? std::atoi(argv[4]) : 3;
  return nozama::run(argv[1], argv[2], copies, static_cast<size_t>(std::max(1, divisions)));
}
