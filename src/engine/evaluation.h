// How well the shop's own search works, measured on photos whose product is known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Engine;

struct EvaluationOptions {
  std::filesystem::path queries;                     // CSV: picture, product_id; pictures relative to it
  std::optional<std::filesystem::path> distractors;  // a folder of other pictures, added to the gallery
};

// Ranks are of the query's own product among all products found; a product not found counts as rank infinity.
struct RetrievalFigures {
  double recall_at_1 = 0, recall_at_5 = 0, recall_at_30 = 0;
  double mrr = 0;
  double search_ms_p50 = 0;
};

struct LatencyFigures {
  double p50_ms = 0, p95_ms = 0;
};

struct EvaluationReport {
  int64_t queries = 0, products = 0, distractors = 0;
  RetrievalFigures soft_gate, no_gate, hard_gate;
  // The right category and its products in random order: the expected value, not a sample.
  RetrievalFigures baseline;
  double category_accuracy = 0;                                  // of the query photos, none of which the head has seen
  double category_accuracy_low = 0, category_accuracy_high = 0;  // 95 % interval
  std::string head_report_json;                                  // of the serving head, on products held out when it was trained; "" = none
  double refused = 0;                                            // share of queries the default min_score would turn away
  double distractors_refused = 0;                                // share of distractors it would turn away (without distractors: 0)
  LatencyFigures decode, encode, search, total;
  std::vector<std::string> skipped;  // queries that could not be used, and why
};

Result<EvaluationReport> evaluate_queries(Engine& engine, const EvaluationOptions& options, const std::function<void(int64_t done, int64_t total)>& progress,
                                          std::stop_token stop);

}  // namespace nozama
