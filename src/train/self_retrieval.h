// What a catalogue teaches about searching in it: each of its pictures looked up among the others.
//
// No photo of a shopper and no picture of another shop is needed:
// - genuine: a picture without its own product, where its category has others: how similar the best answer is when the
//   shop sells the kind (leave one product out);
// - impostor: a picture in all categories but its own: how similar the best answer is when the shop does not sell the
//   kind (leave one category out).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "train/calibration.h"
#include "train/dataset.h"
#include "train/metrics.h"

namespace nozama {

struct SelfRetrievalOptions {
  uint64_t seed = 1;
  size_t queries_max = 1000;  // a random sample of the gallery's rows, when it has more
  size_t threads = 2;
};

struct GateFit {
  double weight = 0.02;  // of log-probability; see soft_gate() in recommend/gate.h
  double mass = 0.995;
  bool fitted = false;  // false = too few queries to learn from, and the defaults above
  // Means over the queries: of the own product's reciprocal rank, of the own category's share in the first ten others.
  double reciprocal_rank_without_gate = 0, reciprocal_rank = 0;
  double own_category_share_without_gate = 0, own_category_share = 0;
  double own_category_searched = 0;  // share of queries
};

// `gallery`: projected vectors of length 1, labels = classes, groups = products (rows of zeros are not looked up).
// `held_out`: one prediction a row, from a head that had not seen the row's product.
//
// Finding the very product comes first: of the weights with which the mean reciprocal rank of the queries' own products, by
// their other pictures, stays within 0.003 of the best, the one that shows most of the own category is taken (of nearly
// equal ones the smallest). Where fewer than 50 queries have another picture of their product nothing checks the head, and
// the weight stays at or below 0.05. The mass is the smallest of a short list, from 0.98, with which at least 99.5 % of the
// queries have their own category searched.
GateFit fit_gate(const Dataset& gallery, std::span<const Prediction> held_out, const SelfRetrievalOptions& options = {});

struct RefusalFit {
  ScoreCalibration calibration;                       // similarity → probability of being genuine, were half of all queries impostors
  double min_score = 0;                               // calibrated; below it a result is not shown
  bool fitted = false;                                // false = too few queries to learn from: defaults, and nothing is refused
  double genuine_refused = 0, impostors_refused = 0;  // shares, with min_score
};

// `queries`: one vector a gallery row: the picture itself (empty = that), or an altered copy of it.
// min_score is the score that `genuine_refused_max` of the genuine best answers stay below, but never over 0.5.
RefusalFit fit_refusal(const Dataset& gallery, std::span<const float> queries = {}, double genuine_refused_max = 0.02,
                       const SelfRetrievalOptions& options = {});

}  // namespace nozama
