// How well the shop's own search works, measured on photos whose product is known, or on the catalogue's own pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/evaluation_query.h"
#include "train/bootstrap.h"

namespace nozama {

class Engine;

struct EvaluationOptions {
  std::optional<std::filesystem::path> queries;      // CSV: picture, product_id; pictures relative to it. Absent = the catalogue's own pictures
  std::optional<std::filesystem::path> distractors;  // a folder of other pictures, added to the gallery
  int altered_copies = 0;                            // of each photo, beside it; see image/alter.h
  size_t own_pictures_max = 1000;                    // a random sample, when the catalogue has more
  uint64_t seed = 1;
};

// Ranks are of the query's own product among all products found; a product not found counts as rank infinity.
struct GateFigures {
  MeasuredFigure recall_at_1, recall_at_5, recall_at_30, mrr;
  MeasuredFigure search_ms;  // mean
  double search_ms_p50 = 0;
};

// What a search finds at random in the right category: expected values, not a sample.
struct RandomFigures {
  double recall_at_1 = 0, recall_at_5 = 0, recall_at_30 = 0, mrr = 0;
};

struct LatencyFigures {
  double p50_ms = 0, p95_ms = 0;
};

// Results of the query's own category, in the search as it is served.
struct CategoryFigures {
  MeasuredFigure precision_at_1, precision_at_10, recall_at_30, map_at_30;
};

struct CategoryRow {
  std::string slug;
  int64_t products = 0, queries = 0;
  double accuracy = 0, recall_at_30 = 0, map_at_30 = 0;  // means over its queries
};

struct EvaluationReport {
  bool own_pictures = false;  // the queries are the catalogue's own pictures, each looked up without itself
  std::string encoder_id;
  int64_t queries = 0, altered = 0, products = 0, distractors = 0;
  int64_t product_queries = 0;  // of them those whose product can be found: all, but for own pictures of products that have just one
  GateFigures soft_gate, no_gate, hard_gate;
  RandomFigures baseline;
  // Of the queries that searching everything answers within the first 30 and the hard gate does not, the soft gate's share.
  int64_t lost_by_hard_gate = 0;
  MeasuredFigure found_by_soft_gate;
  CategoryFigures by_category;

  bool has_head = false;
  MeasuredFigure category_accuracy;  // of the queries, none of which the head has seen
  MeasuredFigure calibration_error;  // of its first guess
  double top3_accuracy = 0, macro_f1 = 0;
  std::string head_report_json;  // of the serving head, on products held out when it was trained; "" = none
  double refused = 0;            // share of queries the default min_score would turn away
  double distractors_refused = 0;

  LatencyFigures decode, encode, search, total;  // one photo at a time
  double pictures_per_second = 0;                // read, decoded and encoded on all cores
  size_t threads = 0;

  std::vector<std::string> categories;     // slugs; labels and probabilities refer to them
  std::vector<CategoryRow> category_rows;  // of categories with queries, in the order of `categories`
  std::vector<QueryOutcome> outcomes;
  std::vector<std::string> skipped;  // queries that could not be used, and why
};

using EvaluationProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

// kInvalidArgument "no_queries", "empty_feed", "missing_column", "bad_row"; kCancelled "cancelled".
Result<EvaluationReport> evaluate_catalogue(Engine& engine, const EvaluationOptions& options, const EvaluationProgress& progress, std::stop_token stop);

}  // namespace nozama
