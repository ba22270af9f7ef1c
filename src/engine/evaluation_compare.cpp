#include "engine/evaluation_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "train/metrics.h"

namespace nozama {
namespace {

namespace json = boost::json;

using Column = std::vector<std::optional<double>>;  // a value a query; absent = it does not have the figure

struct Outcomes {
  std::string kind, encoder;
  std::vector<std::string> queries;
  std::map<std::string, Column> columns;
};

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "report_damaged", fmt::format("not a report of nozama eval: {}", what));
}

Result<Column> read_column(std::string_view name, const json::value& value, size_t queries) {
  if (!value.is_array() || value.get_array().size() != queries) return damaged(fmt::format("'{}' is not a list with a value for each query", name));
  Column column;
  for (const json::value& entry : value.get_array()) {
    if (!entry.is_number() && !entry.is_null()) return damaged(fmt::format("'{}' has something that is not a number", name));
    column.push_back(entry.is_null() ? std::nullopt : std::optional(entry.to_number<double>()));
  }
  return column;
}

std::string text_or_empty(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

Result<Outcomes> read_outcomes(std::string_view text) {
  boost::system::error_code error;
  const json::value report = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !report.is_object()) return damaged("it is not a JSON object");
  Outcomes outcomes{text_or_empty(report.get_object(), "kind"), text_or_empty(report.get_object(), "encoder"), {}, {}};
  if (outcomes.kind.empty()) return damaged("it does not say of which kind it is");
  const json::value* rows = report.get_object().if_contains("per_query");
  if (rows == nullptr || !rows->is_object()) {
    return fail(ErrorCode::kInvalidArgument, "no_outcomes", "the report does not hold what became of each query; write it with --out, or with --per-query");
  }
  const json::value* names = rows->get_object().if_contains("query");
  if (names == nullptr || !names->is_array() || names->get_array().empty()) return damaged("it names no queries");
  for (const json::value& name : names->get_array()) {
    if (!name.is_string()) return damaged("a query's name is not a text");
    outcomes.queries.emplace_back(name.get_string());
  }
  for (const auto& [key, value] : rows->get_object()) {
    const std::string name(key);
    if (name == "query" || name == "label" || name == "predicted") continue;
    auto column = read_column(name, value, outcomes.queries.size());
    if (!column) return propagate(column);
    outcomes.columns.emplace(name, std::move(*column));
  }
  return outcomes;
}

// Brings the rows of `after` into the order of `before`.
Status align(const Outcomes& before, Outcomes& after) {
  const auto other = [&before, &after](std::string_view why) {
    return fail(ErrorCode::kConflict, "other_queries",
                fmt::format("the two reports are not of the same queries: {} ({} and {} queries); measure both on the same photos", why, before.queries.size(),
                            after.queries.size()));
  };
  if (before.kind != after.kind) return other(fmt::format("one is of kind '{}', the other of kind '{}'", before.kind, after.kind));
  std::unordered_map<std::string_view, size_t> place;
  for (size_t i = 0; i < after.queries.size(); ++i) {
    if (!place.try_emplace(after.queries[i], i).second) return damaged(fmt::format("two queries have the name '{}'", after.queries[i]));
  }
  if (before.queries.size() != after.queries.size()) return other("their numbers differ");
  std::vector<size_t> order;
  for (const std::string& name : before.queries) {
    const auto found = place.find(name);
    if (found == place.end()) return other(fmt::format("'{}' is in the first only", name));
    order.push_back(found->second);
  }
  for (auto& [name, column] : after.columns) {
    Column ordered;
    for (const size_t i : order) ordered.push_back(column[i]);
    column = std::move(ordered);
  }
  return {};
}

// One figure: what to compare of a column's values, and its name in the report.
struct FigureOf {
  std::string_view column, name;
  double (*value)(double);
};

constexpr double as_it_is(double value) { return value; }
constexpr double within_1(double rank) { return rank >= 1 && rank <= 1 ? 1 : 0; }
constexpr double within_5(double rank) { return rank >= 1 && rank <= 5 ? 1 : 0; }
constexpr double within_30(double rank) { return rank >= 1 && rank <= 30 ? 1 : 0; }
constexpr double reciprocal(double rank) { return rank >= 1 ? 1 / rank : 0; }

constexpr FigureOf kFigures[] = {{"accuracy", "accuracy", as_it_is},
                                 {"precision_at_1", "precision_at_1", as_it_is},
                                 {"precision_at_10", "precision_at_10", as_it_is},
                                 {"map_at_30", "map_at_30", as_it_is},
                                 {"rank", "recall_at_1", within_1},
                                 {"rank", "recall_at_5", within_5},
                                 {"rank", "recall_at_30", within_30},
                                 {"rank", "mrr", reciprocal},
                                 {"rank_no_gate", "recall_at_30_no_gate", within_30},
                                 {"rank_hard_gate", "recall_at_30_hard_gate", within_30}};

const Column* column_of(const Outcomes& outcomes, std::string_view name) {
  const auto found = outcomes.columns.find(std::string(name));
  return found == outcomes.columns.end() ? nullptr : &found->second;
}

double mean(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

std::optional<ComparedFigure> compare_means(const FigureOf& figure, const Outcomes& before, const Outcomes& after) {
  const Column *a = column_of(before, figure.column), *b = column_of(after, figure.column);
  if (a == nullptr || b == nullptr) return std::nullopt;
  std::vector<double> first, second;
  for (size_t i = 0; i < a->size(); ++i) {
    if (!(*a)[i] || !(*b)[i]) continue;
    first.push_back(figure.value(*(*a)[i]));
    second.push_back(figure.value(*(*b)[i]));
  }
  if (first.empty()) return std::nullopt;
  return ComparedFigure{std::string(figure.name), false, static_cast<int64_t>(first.size()), mean(first), mean(second), paired_bootstrap(first, second)};
}

Statistic calibration_error_of(const Column& confidence, const Column& right) {
  return [&confidence, &right](std::span<const size_t> sample) {
    std::vector<Confidence> drawn;
    for (const size_t i : sample) drawn.push_back({confidence[i].value_or(0), right[i].value_or(0) > 0.5});
    return expected_calibration_error(std::move(drawn));
  };
}

std::optional<ComparedFigure> compare_calibration(const Outcomes& before, const Outcomes& after) {
  const Column *a = column_of(before, "confidence"), *a_right = column_of(before, "accuracy");
  const Column *b = column_of(after, "confidence"), *b_right = column_of(after, "accuracy");
  if (a == nullptr || a_right == nullptr || b == nullptr || b_right == nullptr) return std::nullopt;
  std::vector<size_t> all(a->size());
  std::iota(all.begin(), all.end(), size_t{0});
  const Statistic first = calibration_error_of(*a, *a_right), second = calibration_error_of(*b, *b_right);
  return ComparedFigure{"ece", true, static_cast<int64_t>(all.size()), first(all), second(all), paired_bootstrap(all.size(), first, second)};
}

}  // namespace

bool EvaluationComparison::worse() const { return std::ranges::any_of(figures, &ComparedFigure::worse); }

Result<EvaluationComparison> compare_evaluations(std::string_view before_text, std::string_view after_text) {
  const auto before = read_outcomes(before_text);
  if (!before) return propagate(before, "the first file");
  auto after = read_outcomes(after_text);
  if (!after) return propagate(after, "the second file");
  const Status aligned = align(*before, *after);
  if (!aligned) return propagate(aligned);
  EvaluationComparison comparison{static_cast<int64_t>(before->queries.size()), before->encoder, after->encoder, {}};
  for (const FigureOf& figure : kFigures) {
    if (auto compared = compare_means(figure, *before, *after)) comparison.figures.push_back(std::move(*compared));
  }
  if (auto compared = compare_calibration(*before, *after)) comparison.figures.push_back(std::move(*compared));
  if (comparison.figures.empty()) return damaged("the two have no figure in common");
  return comparison;
}

}  // namespace nozama
