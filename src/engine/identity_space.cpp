#include "engine/identity_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "train/discriminant.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

constexpr size_t kIdentitiesMin = 100;  // with several pictures
constexpr double kGainMin = 0.01;       // of mAP@30
constexpr double kColourLossMax = 0.01;
constexpr size_t kColourQueriesMax = 1000;
constexpr size_t kColourDepth = 5;

struct Sample {
  Dataset data;              // labels: identities; groups: pictures
  std::vector<size_t> rows;  // of all pictures
  size_t taught = 0;         // identities with several pictures
};

Sample draw_sample(const TrainingPictures& pictures, size_t pictures_max) {
  using Identity = std::pair<int64_t, int64_t>;  // product, variant
  std::map<Identity, size_t> count;
  for (size_t i = 0; i < pictures.data.rows(); ++i) ++count[{pictures.data.groups[i], pictures.variants[i]}];
  std::set<int64_t> teaches;
  for (const auto& [identity, pictures_of_it] : count) {
    if (pictures_of_it > 1) teaches.insert(identity.first);
  }
  std::vector<size_t> teaching, others;
  for (size_t i = 0; i < pictures.data.rows(); ++i) (teaches.contains(pictures.data.groups[i]) ? teaching : others).push_back(i);
  Sample sample;
  sample.rows = thinned_by_product(pictures.data, teaching, pictures_max);
  const auto more = thinned_by_product(pictures.data, others, pictures_max - std::min(pictures_max, sample.rows.size()));
  sample.rows.insert(sample.rows.end(), more.begin(), more.end());
  std::ranges::sort(sample.rows);
  std::map<Identity, size_t> identity_of;
  sample.data.dim = pictures.data.dim;
  for (const size_t row : sample.rows) {
    const Identity identity{pictures.data.groups[row], pictures.variants[row]};
    const auto [entry, fresh] = identity_of.try_emplace(identity, identity_of.size());
    sample.taught += fresh && count[identity] > 1 ? 1 : 0;
    sample.data.append(pictures.data.row(row), entry->second, static_cast<int64_t>(row));
  }
  return sample;
}

}  // namespace

// Every n-th picture with a colour is looked up among all of its category that have one, its own product left out.
double colour_agreement(const TrainingPictures& pictures, const std::vector<size_t>& rows, const Projection& projection, size_t threads) {
  std::map<int64_t, Dataset> by_category;
  std::map<std::string, size_t> colour_of;
  for (const size_t row : rows) {
    if (pictures.colours[row].empty()) continue;
    Dataset& category = by_category[pictures.categories[row]];
    category.dim = static_cast<size_t>(projection.out);
    const size_t colour = colour_of.try_emplace(pictures.colours[row], colour_of.size()).first->second;
    category.append(projection.apply(pictures.data.row(row)), colour, pictures.data.groups[row]);
  }
  const size_t step = rows.size() / kColourQueriesMax + 1;
  double sum = 0;
  size_t queries = 0;
  for (const auto& [id, category] : by_category) {
    std::vector<size_t> asked;
    for (size_t i = 0; i < category.rows(); i += step) asked.push_back(i);
    for (const RankedRelevance& query :
         relevance_by_label(category, select_rows(category, asked), {.k = kColourDepth, .skip_own_group = true, .threads = threads})) {
      if (query.relevant.empty()) continue;
      sum += precision_at(query, kColourDepth);
      ++queries;
    }
  }
  return queries > 0 ? sum / static_cast<double>(queries) : 0;
}

Result<IdentitySpace> learn_identity_space(const TrainingPictures& pictures, const Projection& pca, const IdentitySpaceOptions& options, std::stop_token stop) {
  const Sample sample = draw_sample(pictures, options.pictures_max);
  IdentitySpace space;
  space.pictures = static_cast<int64_t>(sample.rows.size());
  space.identities = static_cast<int64_t>(sample.taught);
  if (sample.taught < kIdentitiesMin) {
    space.reason = fmt::format("{} products or variants have several pictures; a space of the shop's own needs {}", sample.taught, kIdentitiesMin);
    return space;
  }
  DiscriminantOptions fit_options;
  fit_options.seed = options.seed;
  fit_options.threads = options.threads;
  fit_options.new_identities = true;
  auto fit = fit_discriminant(sample.data, fit_options, std::move(stop));
  if (!fit) return propagate(fit);
  space.mean_average_precision = fit->mean_average_precision;
  space.mean_average_precision_pca = fit->mean_average_precision_pca;
  space.colour_agreement = colour_agreement(pictures, sample.rows, fit->projection, options.threads);
  space.colour_agreement_pca = colour_agreement(pictures, sample.rows, pca, options.threads);
  const std::string figures = fmt::format("mAP@30 of products held out {:.3f}, of principal components {:.3f}; agreement of colours {:.3f}, {:.3f}",
                                          space.mean_average_precision, space.mean_average_precision_pca, space.colour_agreement, space.colour_agreement_pca);
  const bool finds_more = space.mean_average_precision >= space.mean_average_precision_pca + kGainMin;
  const bool keeps_colours = space.colour_agreement >= space.colour_agreement_pca - kColourLossMax;
  space.reason = fmt::format(
      "{}: {}", finds_more && keeps_colours ? "learned from the shop's products" : (finds_more ? "it would mix colours" : "it finds no more"), figures);
  if (finds_more && keeps_colours) space.projection = std::move(fit->projection);
  return space;
}

}  // namespace nozama
