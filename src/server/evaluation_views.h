// The reports of `nozama eval` as one line of JSON each.
#pragma once

#include <string>

#include "engine/evaluation.h"
#include "engine/evaluation_compare.h"
#include "engine/labelled_evaluation.h"

namespace nozama {

// per_query: also what became of each query, as arrays in one order, for comparing two reports (docs/evaluation.md).
std::string labelled_report_json(const LabelledReport& report, bool per_query);
std::string evaluation_report_json(const EvaluationReport& report, bool per_query);
std::string comparison_json(const EvaluationComparison& comparison);

}  // namespace nozama
