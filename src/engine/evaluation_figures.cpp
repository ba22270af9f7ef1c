#include "engine/evaluation_figures.h"

#include <algorithm>
#include <map>

namespace nozama {
namespace {

using Outcomes = std::vector<QueryOutcome>;

bool within(const GateOutcome& outcome, int64_t k) { return outcome.rank > 0 && outcome.rank <= k; }

GateFigures gate_figures(const Outcomes& outcomes, GateOutcome QueryOutcome::* gate) {
  std::vector<double> reciprocal, ms;
  int64_t findable = 0;
  std::array<int64_t, 3> found{};
  for (const QueryOutcome& outcome : outcomes) {
    const GateOutcome& one = outcome.*gate;
    ms.push_back(one.search_ms);
    if (!outcome.findable) continue;
    ++findable;
    found[0] += within(one, 1) ? 1 : 0;
    found[1] += within(one, 5) ? 1 : 0;
    found[2] += within(one, 30) ? 1 : 0;
    reciprocal.push_back(one.rank > 0 ? 1.0 / static_cast<double>(one.rank) : 0);
  }
  return {measured_share(found[0], findable),
          measured_share(found[1], findable),
          measured_share(found[2], findable),
          measured_mean(reciprocal),
          measured_mean(ms),
          percentile(ms, 0.5)};
}

RandomFigures random_figures(const Outcomes& outcomes, const Gallery& gallery) {
  RandomFigures sum;
  for (const QueryOutcome& outcome : outcomes) {
    if (!outcome.findable) continue;
    const auto in = gallery.products_in.find(outcome.category.value);
    const int64_t products = in == gallery.products_in.end() ? 0 : in->second;
    sum.recall_at_1 += random_recall_at(products, 1);
    sum.recall_at_5 += random_recall_at(products, 5);
    sum.recall_at_30 += random_recall_at(products, 30);
    sum.mrr += random_reciprocal_rank(products);
  }
  const auto n = static_cast<double>(std::max<int64_t>(1, std::ranges::count_if(outcomes, &QueryOutcome::findable)));
  return {sum.recall_at_1 / n, sum.recall_at_5 / n, sum.recall_at_30 / n, sum.mrr / n};
}

CategoryFigures category_figures(const Outcomes& outcomes) {
  std::vector<double> first, ten, recall, precision;
  for (const QueryOutcome& outcome : outcomes) {
    if (outcome.category.value == 0 || outcome.by_category.relevant_total == 0) continue;
    first.push_back(precision_at(outcome.by_category, 1));
    ten.push_back(precision_at(outcome.by_category, 10));
    recall.push_back(recall_at(outcome.by_category, 30));
    precision.push_back(average_precision_at(outcome.by_category, 30));
  }
  return {measured_mean(first), measured_mean(ten), measured_mean(recall), measured_mean(precision)};
}

std::vector<CategoryRow> category_rows(const EvaluationReport& report, const Gallery& gallery, const std::unordered_map<int64_t, std::string>& slugs) {
  std::map<std::string, CategoryRow> rows;
  for (const QueryOutcome& outcome : report.outcomes) {
    const auto slug = slugs.find(outcome.category.value);
    if (slug == slugs.end()) continue;
    CategoryRow& row = rows[slug->second];
    row.slug = slug->second;
    const auto products = gallery.products_in.find(outcome.category.value);
    row.products = products == gallery.products_in.end() ? 0 : products->second;
    ++row.queries;
    row.accuracy += outcome.has_guess && outcome.guess == outcome.category ? 1 : 0;
    row.recall_at_30 += within(outcome.soft, 30) ? 1 : 0;
    row.map_at_30 += average_precision_at(outcome.by_category, 30);
  }
  std::vector<CategoryRow> ordered;
  for (auto& [slug, row] : rows) {
    const auto n = static_cast<double>(row.queries);
    row.accuracy /= n;
    row.recall_at_30 /= n;
    row.map_at_30 /= n;
    ordered.push_back(row);
  }
  return ordered;
}

// Counted from the two categories of each query: the probabilities of the others are not kept.
double macro_f1_of(const Outcomes& outcomes) {
  std::map<int64_t, std::array<double, 3>> counts;  // right, guessed, actual
  for (const QueryOutcome& outcome : outcomes) {
    ++counts[outcome.category.value][2];
    ++counts[outcome.guess.value][1];
    if (outcome.guess == outcome.category) ++counts[outcome.category.value][0];
  }
  double sum = 0, occurring = 0;
  for (const auto& [category, count] : counts) {
    if (count[2] == 0) continue;
    ++occurring;
    sum += 2 * count[0] / (count[1] + count[2]);
  }
  return occurring > 0 ? sum / occurring : 0;
}

void fill_head_figures(EvaluationReport& report) {
  report.has_head = std::ranges::any_of(report.outcomes, &QueryOutcome::has_guess);
  if (!report.has_head) return;
  std::vector<Confidence> guesses;
  int64_t among_first_3 = 0;
  for (const QueryOutcome& outcome : report.outcomes) {
    guesses.push_back({outcome.confidence, outcome.has_guess && outcome.guess == outcome.category});
    among_first_3 += outcome.among_first_3 ? 1 : 0;
  }
  const auto n = static_cast<int64_t>(guesses.size());
  report.category_accuracy = measured_share(std::ranges::count_if(guesses, &Confidence::right), n);
  report.calibration_error = measured_calibration_error(guesses);
  report.top3_accuracy = static_cast<double>(among_first_3) / static_cast<double>(n);
  report.macro_f1 = macro_f1_of(report.outcomes);
}

}  // namespace

void fill_figures(const Gallery& gallery, const std::unordered_map<int64_t, std::string>& slugs, EvaluationReport& report) {
  const Outcomes& outcomes = report.outcomes;
  report.queries = static_cast<int64_t>(outcomes.size());
  report.altered = std::ranges::count_if(outcomes, &QueryOutcome::altered);
  report.product_queries = std::ranges::count_if(outcomes, &QueryOutcome::findable);
  report.products = static_cast<int64_t>(gallery.category_of.size());
  report.soft_gate = gate_figures(outcomes, &QueryOutcome::soft);
  report.no_gate = gate_figures(outcomes, &QueryOutcome::none);
  report.hard_gate = gate_figures(outcomes, &QueryOutcome::hard);
  report.baseline = random_figures(outcomes, gallery);
  int64_t found_by_soft = 0;
  for (const QueryOutcome& outcome : outcomes) {
    if (!outcome.findable || !within(outcome.none, 30) || within(outcome.hard, 30)) continue;
    ++report.lost_by_hard_gate;
    found_by_soft += within(outcome.soft, 30) ? 1 : 0;
  }
  report.found_by_soft_gate = measured_share(found_by_soft, report.lost_by_hard_gate);
  report.by_category = category_figures(outcomes);
  report.refused = static_cast<double>(std::ranges::count_if(outcomes, &QueryOutcome::refused)) / static_cast<double>(std::max<int64_t>(1, report.queries));
  fill_head_figures(report);
  report.category_rows = category_rows(report, gallery, slugs);
}

}  // namespace nozama
