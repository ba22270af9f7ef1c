#include "engine/identity_space.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/half.h"
#include "catalog/catalog.h"
#include "engine/workspace.h"
#include "train/discriminant.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

constexpr size_t kPicturesMax = 12'000;  // a sample this large settles the covariances
constexpr size_t kIdentitiesMin = 100;   // with several pictures
constexpr double kGainMin = 0.01;        // of mAP@30
constexpr double kColourLossMax = 0.01;
constexpr size_t kColourQueriesMax = 1000;
constexpr size_t kColourDepth = 5;

struct Pictures {
  Dataset data;  // labels: identities; groups: pictures
  std::vector<int64_t> products, categories;
  std::vector<std::string> colours;  // the main one; "" = unknown
  size_t taught = 0;                 // identities with several pictures
};

Result<Pictures> read_pictures(Workspace& workspace, const std::string& encoder_id, size_t dim) {
  Pictures pictures;
  pictures.data.dim = dim;
  std::map<std::pair<int64_t, int64_t>, size_t> identity_of;
  std::vector<size_t> count;
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&](const IndexRow& row) {
    if (row.embedding.size() != 2 * dim || pictures.data.rows() >= kPicturesMax) return Status{};
    const auto [entry, fresh] = identity_of.try_emplace({row.product.value, row.variant.value}, count.size());
    if (fresh) count.push_back(0);
    pictures.taught += ++count[entry->second] == 2 ? 1 : 0;
    pictures.data.append(decode_half(row.embedding), entry->second, static_cast<int64_t>(pictures.data.rows()));
    pictures.products.push_back(row.product.value);
    pictures.categories.push_back(row.category.value);
    pictures.colours.push_back(row.colours.empty() ? "" : std::string(row.colours.front().name));
    return Status{};
  });
  if (!read) return propagate(read);
  return pictures;
}

// Every n-th picture with a colour is looked up among all of its category that have one, its own product left out.
double colour_agreement(const Pictures& pictures, const Projection& projection, size_t threads) {
  std::map<int64_t, Dataset> by_category;
  std::map<std::string, size_t> colour_of;
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    if (pictures.colours[i].empty()) continue;
    Dataset& category = by_category[pictures.categories[i]];
    category.dim = static_cast<size_t>(projection.out);
    const size_t colour = colour_of.try_emplace(pictures.colours[i], colour_of.size()).first->second;
    category.append(projection.apply(pictures.data.row(i)), colour, pictures.products[i]);
  }
  const size_t step = pictures.data.rows() / kColourQueriesMax + 1;
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

}  // namespace

Result<IdentitySpace> learn_identity_space(Workspace& workspace, const std::string& encoder_id, const Projection& pca, const IdentitySpaceOptions& options,
                                           std::stop_token stop) {
  const auto pictures = read_pictures(workspace, encoder_id, static_cast<size_t>(pca.in));
  if (!pictures) return propagate(pictures, "reading the embeddings");
  IdentitySpace space;
  space.pictures = static_cast<int64_t>(pictures->data.rows());
  space.identities = static_cast<int64_t>(pictures->taught);
  if (pictures->taught < kIdentitiesMin) {
    space.reason = fmt::format("{} products or variants have several pictures; a space of the shop's own needs {}", pictures->taught, kIdentitiesMin);
    return space;
  }
  DiscriminantOptions fit_options;
  fit_options.seed = options.seed;
  fit_options.threads = options.threads;
  fit_options.new_identities = true;
  auto fit = fit_discriminant(pictures->data, fit_options, std::move(stop));
  if (!fit) return propagate(fit);
  space.mean_average_precision = fit->mean_average_precision;
  space.mean_average_precision_pca = fit->mean_average_precision_pca;
  space.colour_agreement = colour_agreement(*pictures, fit->projection, options.threads);
  space.colour_agreement_pca = colour_agreement(*pictures, pca, options.threads);
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
