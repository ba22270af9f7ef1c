// The reports of an evaluation → pages for people, with pictures of what went wrong.
#pragma once

#include "engine/evaluation.h"
#include "engine/evaluation_html.h"
#include "engine/labelled_evaluation.h"

namespace nozama {

inline constexpr size_t kFailuresShownMax = 24;

// The surest wrong guesses are shown; their pictures are read from `labelled`.
ReportPage labelled_page(const LabelledReport& report, const std::filesystem::path& labelled);

// The photos whose product came late or not at all, beside the product and what came first.
ReportPage catalogue_page(Engine& engine, const EvaluationReport& report);

}  // namespace nozama
