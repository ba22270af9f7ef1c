#include "train/self_retrieval.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <unordered_map>

namespace nozama {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr size_t kQueriesMin = 50;  // fewer teach less than the defaults know
constexpr size_t kTop = 10;

// Similarities of some queries to every gallery row, a block of queries at a time.
class SelfSearch {
 public:
  SelfSearch(const Dataset& gallery, std::span<const float> queries, const SelfRetrievalOptions& options) : gallery_(gallery), options_(options) {
    vectors_ = queries.empty() ? std::span<const float>(gallery.features) : queries;
    if (vectors_.size() != gallery.features.size()) abort_with("self retrieval needs one query vector a gallery row");
    for (size_t i = 0; i < gallery.rows(); ++i) {
      if (is_set(i)) chosen_.push_back(i);
    }
    std::mt19937_64 random(options.seed);
    for (size_t i = 0; i < std::min(chosen_.size(), options.queries_max); ++i) std::swap(chosen_[i], chosen_[i + random() % (chosen_.size() - i)]);
    chosen_.resize(std::min(chosen_.size(), options.queries_max));
    std::sort(chosen_.begin(), chosen_.end());
  }

  const std::vector<size_t>& chosen() const { return chosen_; }

  // visit(position in chosen(), similarities to all gallery rows), on several threads at once.
  template <class Visit>
  void for_each(const Visit& visit) const {
    constexpr size_t kBlock = 32;
    const size_t threads = std::max<size_t>(1, options_.threads);
    std::vector<std::jthread> workers;
    for (size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (size_t first = t * kBlock; first < chosen_.size(); first += threads * kBlock) {
          visit_block(first, std::min(first + kBlock, chosen_.size()), visit);
        }
      });
    }
  }

 private:
  bool is_set(size_t i) const {
    const auto nonzero = [](float value) { return value != 0; };
    return std::ranges::any_of(gallery_.row(i), nonzero) && std::ranges::any_of(vectors_.subspan(i * gallery_.dim, gallery_.dim), nonzero);
  }

  template <class Visit>
  void visit_block(size_t first, size_t last, const Visit& visit) const {
    const auto d = static_cast<Eigen::Index>(gallery_.dim), n = static_cast<Eigen::Index>(gallery_.rows());
    Matrix block(static_cast<Eigen::Index>(last - first), d);
    for (size_t i = first; i < last; ++i) {
      block.row(static_cast<Eigen::Index>(i - first)) = Eigen::Map<const Eigen::RowVectorXf>(vectors_.data() + chosen_[i] * gallery_.dim, d);
    }
    const Matrix similarities = block * Eigen::Map<const Matrix>(gallery_.features.data(), n, d).transpose();
    for (size_t i = first; i < last; ++i) visit(i, std::span(similarities.row(static_cast<Eigen::Index>(i - first)).data(), gallery_.rows()));
  }

  const Dataset& gallery_;
  const SelfRetrievalOptions& options_;
  std::span<const float> vectors_;
  std::vector<size_t> chosen_;
};

struct RankedProduct {
  double score = 0;
  size_t label = 0;
  int64_t group = 0;
};

// How one query goes under one weight: see the header.
struct Outcome {
  double reciprocal_rank = 0;
  double own_category_share = 0;
  bool has_target = false;
};

class GateTrial {
 public:
  GateTrial(const Dataset& gallery, const Prediction& prediction, size_t query, std::span<const float> similarities) : prediction_(prediction) {
    // Products by class: a product's score under any weight is its best similarity there plus the class's weight.
    std::unordered_map<int64_t, size_t> position;
    own_ = gallery.groups[query];
    for (size_t row = 0; row < gallery.rows(); ++row) {
      if (row == query) continue;
      const auto [entry, fresh] = position.try_emplace(gallery.groups[row], products_.size());
      if (fresh) products_.push_back({similarities[row], gallery.labels[row], gallery.groups[row]});
      RankedProduct& product = products_[entry->second];
      product.score = std::max(product.score, static_cast<double>(similarities[row]));
    }
  }

  Outcome run(double weight) const {
    Outcome outcome;
    std::vector<RankedProduct> others;
    double own_score = 0;
    for (const RankedProduct& product : products_) {
      RankedProduct scored = product;
      scored.score += weight * std::log(std::max(1e-9, prediction_.probabilities[product.label]));
      if (product.group == own_) {
        outcome.has_target = true;
        own_score = scored.score;
      } else {
        others.push_back(scored);
      }
    }
    const auto better = std::count_if(others.begin(), others.end(), [&](const RankedProduct& other) { return other.score > own_score; });
    if (outcome.has_target) outcome.reciprocal_rank = 1.0 / static_cast<double>(better + 1);
    const size_t top = std::min(kTop, others.size());
    std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(top), others.end(),
                      [](const RankedProduct& a, const RankedProduct& b) { return a.score != b.score ? a.score > b.score : a.group < b.group; });
    for (size_t i = 0; i < top; ++i) outcome.own_category_share += others[i].label == prediction_.label ? 1.0 / static_cast<double>(top) : 0;
    return outcome;
  }

 private:
  const Prediction& prediction_;
  int64_t own_ = 0;
  std::vector<RankedProduct> products_;
};

// Means over the queries.
struct Figures {
  double reciprocal_rank = 0;  // of queries with a target
  double own_category_share = 0;
  size_t targets = 0;
};

Figures figures_of(std::span<const Outcome> outcomes) {
  Figures figures;
  for (const Outcome& outcome : outcomes) {
    figures.own_category_share += outcome.own_category_share / static_cast<double>(outcomes.size());
    if (!outcome.has_target) continue;
    figures.reciprocal_rank += outcome.reciprocal_rank;
    ++figures.targets;
  }
  if (figures.targets > 0) figures.reciprocal_rank /= static_cast<double>(figures.targets);
  return figures;
}

// The position of the best weight; see the header.
size_t choose_weight(std::span<const double> weights, std::span<const Figures> figures) {
  constexpr double kRankTolerance = 0.003, kShareTolerance = 0.005, kUncheckedWeightMax = 0.05;
  const bool checked = figures.front().targets >= kQueriesMin;
  double best_rank = 0, best_share = 0;
  for (const Figures& f : figures) best_rank = std::max(best_rank, f.reciprocal_rank);
  const auto allowed = [&](size_t w) { return checked ? figures[w].reciprocal_rank >= best_rank - kRankTolerance : weights[w] <= kUncheckedWeightMax; };
  for (size_t w = 0; w < weights.size(); ++w) {
    if (allowed(w)) best_share = std::max(best_share, figures[w].own_category_share);
  }
  size_t chosen = 0;
  while (!allowed(chosen) || figures[chosen].own_category_share < best_share - kShareTolerance) ++chosen;
  return chosen;
}

// Of the prediction's classes, most probable first, until their probabilities sum to `mass`: is the right one there?
bool own_category_within(const Prediction& prediction, double mass) {
  const double own = prediction.probabilities[prediction.label];
  double before = 0;
  for (const double p : prediction.probabilities) before += p > own ? p : 0;
  return before < mass;
}

void fit_mass(std::span<const Prediction> held_out, const std::vector<size_t>& chosen, GateFit& fit) {
  constexpr double kMasses[] = {0.98, 0.99, 0.995, 0.998, 0.999, 0.9995};
  constexpr double kWanted = 0.995;
  for (const double mass : kMasses) {
    const auto found = std::count_if(chosen.begin(), chosen.end(), [&](size_t i) { return own_category_within(held_out[i], mass); });
    fit.mass = mass;
    fit.own_category_searched = static_cast<double>(found) / static_cast<double>(chosen.size());
    if (fit.own_category_searched >= kWanted) return;
  }
}

double quantile_below(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace

GateFit fit_gate(const Dataset& gallery, std::span<const Prediction> held_out, const SelfRetrievalOptions& options) {
  constexpr double kWeights[] = {0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12};
  if (held_out.size() != gallery.rows()) abort_with("the gate needs one prediction a gallery row");
  const SelfSearch search(gallery, {}, options);
  GateFit fit;
  if (search.chosen().size() < kQueriesMin) return fit;
  std::vector<std::vector<Outcome>> outcomes(std::size(kWeights), std::vector<Outcome>(search.chosen().size()));
  search.for_each([&](size_t i, std::span<const float> similarities) {
    const size_t query = search.chosen()[i];
    const GateTrial trial(gallery, held_out[query], query, similarities);
    for (size_t w = 0; w < std::size(kWeights); ++w) outcomes[w][i] = trial.run(kWeights[w]);
  });
  std::vector<Figures> figures;
  for (const auto& of_weight : outcomes) figures.push_back(figures_of(of_weight));
  const size_t chosen = choose_weight(kWeights, figures);
  fit.fitted = true;
  fit.weight = kWeights[chosen];
  fit.reciprocal_rank_without_gate = figures.front().reciprocal_rank;
  fit.reciprocal_rank = figures[chosen].reciprocal_rank;
  fit.own_category_share_without_gate = figures.front().own_category_share;
  fit.own_category_share = figures[chosen].own_category_share;
  fit_mass(held_out, search.chosen(), fit);
  return fit;
}

RefusalFit fit_refusal(const Dataset& gallery, std::span<const float> queries, double genuine_refused_max, const SelfRetrievalOptions& options) {
  constexpr double kNone = -2;
  constexpr double kMinScoreMax = 0.5;
  const SelfSearch search(gallery, queries, options);
  std::vector<double> own(search.chosen().size(), kNone), foreign(search.chosen().size(), kNone);
  search.for_each([&](size_t i, std::span<const float> similarities) {
    const size_t query = search.chosen()[i];
    for (size_t row = 0; row < gallery.rows(); ++row) {
      if (gallery.groups[row] == gallery.groups[query]) continue;
      double& best = gallery.labels[row] == gallery.labels[query] ? own[i] : foreign[i];
      best = std::max(best, static_cast<double>(similarities[row]));
    }
  });
  std::vector<double> genuine, impostors;
  std::vector<ScoredPair> pairs;
  for (size_t i = 0; i < own.size(); ++i) {
    if (own[i] > kNone) genuine.push_back(std::max(own[i], foreign[i]));
    if (foreign[i] > kNone) impostors.push_back(foreign[i]);
  }
  RefusalFit fit;
  if (genuine.size() < kQueriesMin || impostors.size() < kQueriesMin) return fit;
  for (const double similarity : genuine) pairs.push_back({similarity, true});
  for (const double similarity : impostors) pairs.push_back({similarity, false});
  fit.fitted = true;
  fit.calibration = fit_score_calibration(pairs);
  fit.min_score = std::min(kMinScoreMax, fit.calibration.score(quantile_below(genuine, genuine_refused_max)));
  const auto refused = [&](const std::vector<double>& values) {
    const auto below = std::count_if(values.begin(), values.end(), [&](double similarity) { return fit.calibration.score(similarity) < fit.min_score; });
    return static_cast<double>(below) / static_cast<double>(values.size());
  };
  fit.genuine_refused = refused(genuine);
  fit.impostors_refused = refused(impostors);
  return fit;
}

}  // namespace nozama
