// What became of the queries → the figures of the report. Pure.
#pragma once

#include <unordered_map>

#include "engine/evaluation.h"
#include "engine/evaluation_gallery.h"

namespace nozama {

// Fills every figure that follows from report.outcomes: gates, baseline, categories, head. `slugs` of category ids.
void fill_figures(const Gallery& gallery, const std::unordered_map<int64_t, std::string>& slugs, EvaluationReport& report);

}  // namespace nozama
