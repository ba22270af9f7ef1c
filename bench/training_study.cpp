// Does a tree of heads tell a catalogue's categories apart better than one softmax over them, and does stopping the optimiser early add anything
// to a cross-validated penalty? On the pictures of a catalogue whose categories are paths:
//   build/bench/bench/training_study build/demo-data [SEEDS]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "engine/category_examples.h"
#include "engine/workspace.h"
#include "model/encoder.h"
#include "train/bootstrap.h"
#include "train/logistic.h"

namespace nozama {
namespace {

constexpr size_t kFolds = 5;

double log_loss(const std::vector<Prediction>& predictions) {
  double sum = 0;
  for (const Prediction& one : predictions) sum -= std::log(std::max(1e-12, one.probabilities[one.label]));
  return sum / static_cast<double>(predictions.size());
}

// The root above each class, as a number from 0.
std::vector<size_t> rooms_of(const ClassTree& tree) {
  std::map<size_t, size_t> number;
  std::vector<size_t> rooms;
  for (size_t node : tree.of_class) {
    while (tree.parents[node] != ClassTree::kNone) node = tree.parents[node];
    rooms.push_back(number.try_emplace(node, number.size()).first->second);
  }
  return rooms;
}

LinearHead fit(const Dataset& data, size_t classes) {
  auto trained = train_head(data, classes, {}, nullptr, {});
  if (!trained) abort_with(trained.error().message);
  return std::move(trained->head);
}

// One head for the rooms and one within each room: p(class) = p(room) · p(class | room).
class TreeOfHeads {
 public:
  TreeOfHeads(const Dataset& data, const std::vector<size_t>& rooms) : rooms_(rooms), within_(rooms.size(), ClassTree::kNone) {
    std::vector<size_t> sizes(*std::ranges::max_element(rooms) + 1);
    for (size_t c = 0; c < rooms.size(); ++c) within_[c] = sizes[rooms[c]]++;
    Dataset by_room = data;
    for (size_t& label : by_room.labels) label = rooms[label];
    top_ = fit(by_room, sizes.size());
    for (size_t room = 0; room < sizes.size(); ++room) {
      std::vector<size_t> rows;
      for (size_t i = 0; i < data.rows(); ++i) {
        if (rooms[data.labels[i]] == room) rows.push_back(i);
      }
      Dataset part = select_rows(data, rows);
      for (size_t& label : part.labels) label = within_[label];
      inner_.push_back(sizes[room] > 1 ? fit(part, sizes[room]) : LinearHead{});
    }
  }

  std::vector<double> probabilities(std::span<const float> embedding) const {
    const std::vector<double> of_room = top_.probabilities(embedding);
    std::vector<std::vector<double>> inside;
    for (const LinearHead& head : inner_) inside.push_back(head.classes() > 0 ? head.probabilities(embedding) : std::vector<double>{1});
    std::vector<double> result;
    for (size_t c = 0; c < rooms_.size(); ++c) result.push_back(of_room[rooms_[c]] * inside[rooms_[c]][within_[c]]);
    return result;
  }

 private:
  std::vector<size_t> rooms_, within_;
  LinearHead top_;
  std::vector<LinearHead> inner_;
};

struct Compared {
  std::vector<Prediction> flat, tree;
};

// Penalty and temperature of every head are chosen inside the folds that it learns from.
Compared compare(const CategoryExamples& examples, uint64_t seed) {
  const Dataset& data = examples.data;
  const std::vector<size_t> rooms = rooms_of(examples.tree), fold = assign_folds(data, kFolds, seed);
  Compared compared{std::vector<Prediction>(data.rows()), std::vector<Prediction>(data.rows())};
  for (size_t f = 0; f < kFolds; ++f) {
    std::vector<size_t> rest;
    for (size_t i = 0; i < data.rows(); ++i) {
      if (fold[i] != f) rest.push_back(i);
    }
    const Dataset learned_from = select_rows(data, rest);
    const LinearHead flat = fit(learned_from, examples.classes.size());
    const TreeOfHeads tree(learned_from, rooms);
    for (size_t i = 0; i < data.rows(); ++i) {
      if (fold[i] != f) continue;
      compared.flat[i] = {flat.probabilities(data.row(i)), data.labels[i]};
      compared.tree[i] = {tree.probabilities(data.row(i)), data.labels[i]};
    }
  }
  return compared;
}

void print(const char* name, const ClassTree& tree, const std::vector<Prediction>& predictions) {
  const auto levels = level_figures(tree, predictions);
  const SpecificityFit named = fit_specificity(tree, predictions);
  fmt::print(
      "{:<14} rooms {:.3f}, classes {:.3f}, top-3 {:.3f}, log-loss {:.3f}, calibration error {:.3f}; named {:.3f} of the pictures at {:.2f}, {:.3f} right\n",
      name, levels.front().accuracy, levels.back().accuracy, accuracy(predictions, 3), log_loss(predictions), expected_calibration_error(predictions),
      named.answered, named.threshold, named.right);
}

// Products are independent, their pictures are not: each product's share right.
std::vector<double> right_by_product(const Dataset& data, const std::vector<Prediction>& predictions) {
  std::map<int64_t, std::pair<double, double>> sums;
  for (size_t i = 0; i < data.rows(); ++i) {
    auto& [right, count] = sums[data.groups[i]];
    right += predicted_class(predictions[i]) == predictions[i].label ? 1 : 0;
    ++count;
  }
  std::vector<double> shares;
  for (const auto& [product, sum] : sums) shares.push_back(sum.first / sum.second);
  return shares;
}

// The room of the most probable class, instead of the room with the greatest sum.
double accuracy_of_best_classes_room(const ClassTree& tree, const std::vector<Prediction>& predictions) {
  const std::vector<size_t> rooms = rooms_of(tree);
  const auto right = std::ranges::count_if(predictions, [&](const Prediction& one) { return rooms[predicted_class(one)] == rooms[one.label]; });
  return static_cast<double>(right) / static_cast<double>(predictions.size());
}

void study_early_stopping(const CategoryExamples& examples) {
  const auto line = [&](const std::string& name, const HeadTrainingOptions& options) {
    const auto trained = train_head(examples.data, examples.classes.size(), options, nullptr, {});
    if (!trained) abort_with(trained.error().message);
    fmt::print("{:<44} accuracy {:.3f}, log-loss {:.4f}, temperature {:.2f}\n", name, trained->report.accuracy, log_loss(trained->report.held_out),
               trained->report.temperature);
  };
  line("penalty by cross-validation", {});
  for (const int steps : {2, 4, 8, 16, 32, 64, 128}) {
    HeadTrainingOptions options;
    options.lambdas = {1e-8};
    options.iterations_max = steps;
    line(fmt::format("no penalty to speak of, {} steps of L-BFGS", steps), options);
  }
}

int run(const std::string& data_dir, int seeds) {
  WorkspaceOptions options;
  options.data_dir = data_dir;
  const auto workspace = Workspace::open(options);
  if (!workspace) abort_with(workspace.error().message);
  const auto encoder = (*workspace)->serving_encoder();
  if (!encoder) abort_with(encoder.error().message);
  const auto pictures = read_training_pictures(**workspace, encoder->id, static_cast<size_t>(encoder->encoder->info().embedding_dim));
  const auto categories = (*workspace)->catalog().categories("");
  if (!pictures || !categories) abort_with("the catalogue cannot be read");
  const CategoryExamples examples = category_examples(*pictures, *categories);
  fmt::print("{} pictures in {} classes, {}\n", examples.data.rows(), examples.classes.size(), encoder->id);
  for (int seed = 1; seed <= seeds; ++seed) {
    const Compared compared = compare(examples, static_cast<uint64_t>(seed));
    print("one softmax", examples.tree, compared.flat);
    fmt::print("{:<14} rooms {:.3f} by the most probable class\n", "", accuracy_of_best_classes_room(examples.tree, compared.flat));
    print("tree of heads", examples.tree, compared.tree);
    const auto flat = right_by_product(examples.data, compared.flat), tree = right_by_product(examples.data, compared.tree);
    const PairedDifference difference = paired_bootstrap(flat, tree);
    fmt::print("tree less softmax, products right: {:+.3f} [{:+.3f}, {:+.3f}]\n", difference.difference, difference.interval.low, difference.interval.high);
  }
  study_early_stopping(examples);
  return 0;
}

}  // namespace
}  // namespace nozama

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "training_study DATA_DIR [SEEDS]\n");
    return 2;
  }
  return nozama::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 3);
}
