#include "engine/attribute_training.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "catalog/catalog.h"
#include "train/bootstrap.h"
#include "train/logistic.h"

namespace nozama {
namespace {

constexpr double kChanceMax = 0.01;
constexpr size_t kValueBytesMax = 100;  // longer is text, not a choice

bool wanted(const AttributeSelection& selection, std::string_view name) {
  return selection.all || std::ranges::find(selection.names, name) != selection.names.end();
}

// Pictures with a value that is learned; labels: positions in `values`.
struct AttributeExamples {
  Dataset data;
  std::vector<std::string> values;
  int64_t products = 0;
};

AttributeExamples examples_of(const StatedAttribute& stated, const TrainingPictures& pictures, const AttributeTrainingOptions& options) {
  std::vector<std::unordered_set<int64_t>> products(stated.values().size());
  std::vector<std::optional<size_t>> value_of(pictures.data.rows());
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    value_of[i] = stated.value_of(pictures.data.groups[i], pictures.variants[i]);
    if (value_of[i]) products[*value_of[i]].insert(pictures.data.groups[i]);
  }
  std::vector<size_t> order(stated.values().size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t value) { return products[value].size() < options.products_min; });
  std::ranges::sort(order, [&](size_t a, size_t b) {
    return products[a].size() != products[b].size() ? products[a].size() > products[b].size() : stated.values()[a] < stated.values()[b];
  });
  order.resize(std::min(order.size(), options.values_max));
  AttributeExamples examples;
  examples.data.dim = pictures.data.dim;
  std::unordered_map<size_t, size_t> label_of;
  for (const size_t value : order) {
    label_of.emplace(value, examples.values.size());
    examples.values.push_back(stated.values()[value]);
  }
  if (examples.values.size() < 2) return examples;
  std::vector<size_t> rows;
  for (size_t i = 0; i < value_of.size(); ++i) {
    if (value_of[i] && label_of.contains(*value_of[i])) rows.push_back(i);
  }
  std::unordered_set<int64_t> seen;
  for (const size_t row : thinned_by_product(pictures.data, rows, options.pictures_max)) {
    examples.data.append(pictures.data.row(row), label_of[*value_of[row]], pictures.data.groups[row]);
    seen.insert(pictures.data.groups[row]);
  }
  examples.products = static_cast<int64_t>(seen.size());
  return examples;
}

// The share that the commonest label has, and how probable it is that the head is no better: McNemar's test on the first picture of each product.
struct AgainstMajority {
  double accuracy = 0, p = 1;
};

AgainstMajority against_majority(const Dataset& data, const std::vector<Prediction>& held_out, size_t classes) {
  std::vector<int64_t> count(classes);
  for (const size_t label : data.labels) ++count[label];
  const auto commonest = static_cast<size_t>(std::ranges::max_element(count) - count.begin());
  int64_t only_head = 0, only_majority = 0;
  std::unordered_set<int64_t> seen;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (!seen.insert(data.groups[i]).second) continue;
    const bool head = predicted_class(held_out[i]) == data.labels[i], majority = commonest == data.labels[i];
    only_head += head && !majority ? 1 : 0;
    only_majority += majority && !head ? 1 : 0;
  }
  return {static_cast<double>(count[commonest]) / static_cast<double>(data.rows()), only_head > only_majority ? mcnemar_p(only_head, only_majority) : 1};
}

class AttributeTrainer {
 public:
  AttributeTrainer(const TrainingPictures& pictures, const AttributeTrainingOptions& options, size_t attributes)
      : pictures_(pictures), options_(options), chance_max_(kChanceMax / static_cast<double>(std::max<size_t>(1, attributes))) {}

  Status add(const std::string& name, const StatedAttribute& stated, const std::stop_token& stop) {
    AttributeReport& report = trained_.reports.emplace_back();
    report.name = name;
    if (stated.too_many()) {
      report.reason = fmt::format("it has more than {} values: text, not a choice", options_.distinct_max);
      return {};
    }
    const AttributeExamples examples = examples_of(stated, pictures_, options_);
    report.values = static_cast<int64_t>(examples.values.size());
    report.products = examples.products;
    report.pictures = static_cast<int64_t>(examples.data.rows());
    if (examples.values.size() < 2) {
      report.reason = fmt::format("it needs two values with {} products each", options_.products_min);
      return {};
    }
    HeadTrainingOptions head_options;
    head_options.seed = options_.seed;
    head_options.threads = options_.threads;
    head_options.lambdas = {10 * options_.lambda, options_.lambda};
    auto trained = train_head(examples.data, examples.values.size(), head_options, nullptr, stop);
    if (!trained) return propagate(trained);
    report.accuracy = trained->report.accuracy;
    report.macro_f1 = trained->report.macro_f1;
    report.expected_calibration_error = trained->report.expected_calibration_error;
    const AgainstMajority majority = against_majority(examples.data, trained->report.held_out, examples.values.size());
    report.majority_accuracy = majority.accuracy;
    report.serves = majority.p < chance_max_ && report.accuracy > report.majority_accuracy;
    if (report.serves) {
      trained_.heads.push_back({name, examples.values, std::move(trained->head)});
    } else {
      report.reason =
          fmt::format("pictures do not tell it: right for {:.1f} %, the commonest value for {:.1f} %", 100 * report.accuracy, 100 * report.majority_accuracy);
    }
    return {};
  }

  TrainedAttributes take() && { return std::move(trained_); }

 private:
  const TrainingPictures& pictures_;
  const AttributeTrainingOptions& options_;
  double chance_max_;
  TrainedAttributes trained_;
};

}  // namespace

Result<AttributeSelection> parse_attribute_selection(std::string_view text) {
  AttributeSelection selection;
  selection.all = text == "all";
  if (selection.all || text == "none") return selection;
  selection.must_exist = true;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    if (end == start) return fail(ErrorCode::kInvalidArgument, "bad_attributes", "attributes are all, none, or names with commas between them");
    selection.names.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return selection;
}

void StatedAttribute::add(int64_t product, int64_t variant, std::string_view value, size_t distinct_max) {
  if (too_many_ || value.empty() || value.size() > kValueBytesMax) return;
  const auto [entry, fresh] = position_.try_emplace(std::string(value), values_.size());
  if (fresh) values_.emplace_back(value);
  (variant != 0 ? of_variant_ : of_product_).try_emplace(variant != 0 ? variant : product, entry->second);
  if (values_.size() <= distinct_max) return;
  *this = {};
  too_many_ = true;
}

std::optional<size_t> StatedAttribute::value_of(int64_t product, int64_t variant) const {
  if (const auto found = of_variant_.find(variant); found != of_variant_.end()) return found->second;
  if (const auto found = of_product_.find(product); found != of_product_.end()) return found->second;
  return std::nullopt;
}

Result<StatedAttributes> read_attributes(Catalog& catalog, const TrainingPictures& pictures, const AttributeTrainingOptions& options) {
  StatedAttributes stated;
  if (!options.selection.all && options.selection.names.empty()) return stated;
  std::map<std::string, bool> known;  // names of the catalogue, for the error
  const auto take = [&](std::string_view name, int64_t product, int64_t variant, std::string_view value) {
    if (known.size() < options.attributes_max) known.try_emplace(std::string(name));
    if (!wanted(options.selection, name)) return;
    auto found = stated.find(std::string(name));
    if (found == stated.end() && stated.size() >= options.attributes_max) return;
    if (found == stated.end()) found = stated.try_emplace(std::string(name)).first;
    found->second.add(product, variant, value, options.distinct_max);
  };
  const auto read = catalog.for_each_attribute([&](const AttributeRow& row) {
    take(row.name, row.product.value, row.variant.value, row.value);
    return Status{};
  });
  if (!read) return propagate(read, "reading the attributes");
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    if (!pictures.brands[i].empty()) take("brand", pictures.data.groups[i], 0, pictures.brands[i]);
  }
  for (const std::string& name : options.selection.names) {
    if (!options.selection.must_exist || stated.contains(name)) continue;
    std::vector<std::string> names;
    for (const auto& [each, unused] : known) names.push_back(each);
    return fail(
        ErrorCode::kInvalidArgument, "unknown_attribute",
        fmt::format("no product has an attribute '{}'; the catalogue has {}", name, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  return stated;
}

Result<TrainedAttributes> train_attributes(const StatedAttributes& stated, const TrainingPictures& pictures, const AttributeTrainingOptions& options,
                                           const AttributeProgress& progress, std::stop_token stop) {
  AttributeTrainer trainer(pictures, options, stated.size());
  int64_t done = 0;
  for (const auto& [name, values] : stated) {
    const Status added = trainer.add(name, values, stop);
    if (!added) return propagate(added);
    if (progress) progress(++done, std::ssize(stated));
  }
  return std::move(trainer).take();
}

}  // namespace nozama
