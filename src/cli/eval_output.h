// What `nozama eval` prints for people.
#pragma once

#include "engine/evaluation.h"
#include "engine/evaluation_compare.h"
#include "engine/labelled_evaluation.h"

namespace nozama {

// On standard output; what was left out on standard error.
void print_evaluation(const EvaluationReport& report);
void print_evaluation(const LabelledReport& report);
void print_comparison(const EvaluationComparison& comparison);

}  // namespace nozama
