// Two evaluations of the same queries: what changed, and is it more than chance?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "train/bootstrap.h"

namespace nozama {

struct ComparedFigure {
  std::string name;  // as in the report: "accuracy", "map_at_30", "recall_at_5", "ece" …
  bool less_is_better = false;
  int64_t queries = 0;  // that have the figure in both
  double before = 0, after = 0;
  PairedDifference change;  // after − before

  bool significant() const { return change.p < 0.05; }
  bool worse() const { return significant() && (change.difference < 0) != less_is_better; }
};

struct EvaluationComparison {
  int64_t queries = 0;
  std::string before_encoder, after_encoder;
  std::vector<ComparedFigure> figures;

  bool worse() const;  // any figure significantly worse
};

// The texts of two reports as `nozama eval --out` writes them. Queries are matched by name, whatever their order.
// kCorrupt "report_damaged" for what is no such report; kInvalidArgument "no_outcomes" for one without the outcome of each
// query; kConflict "other_queries" when the two are not of the same queries.
Result<EvaluationComparison> compare_evaluations(std::string_view before, std::string_view after);

}  // namespace nozama
