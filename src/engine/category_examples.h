// Pictures with their categories → what the category head learns from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/records.h"
#include "engine/training_pictures.h"
#include "model/head_set.h"
#include "train/class_tree.h"
#include "train/dataset.h"

namespace nozama {

struct CategoryExamples {
  Dataset data;                               // labels: positions in `classes`; groups: products
  std::vector<int64_t> classes;               // category ids
  ClassTree tree;                             // over the classes; nodes are the categories given
  std::vector<BackedOffCategory> backed_off;  // taught as a category above
  std::vector<std::string> notes;             // what was left out and why
};

// A category of one product cannot be held out and learned at once: its products are taught as its parent's, beside those that are
// in the parent itself, and so on upwards. What has one product at the root too is left out; it is searched all the same.
// `categories`: parents before their children.
CategoryExamples category_examples(const TrainingPictures& pictures, const std::vector<CategoryNode>& categories);

}  // namespace nozama
