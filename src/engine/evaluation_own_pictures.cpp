#include "engine/evaluation_own_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <unordered_map>

#include "base/half.h"
#include "catalog/catalog.h"
#include "engine/search_session.h"
#include "engine/workspace.h"
#include "train/logistic.h"

namespace nozama {
namespace {

struct OwnPicture {
  ProductId product;
  PictureId picture;
  CategoryId category;
};

// Every picture of the catalogue that has an embedding; data rows and pictures in one order.
struct OwnPictures {
  std::vector<OwnPicture> pictures;
  Dataset data;  // labels: not used; groups: products
  std::unordered_map<int64_t, std::vector<size_t>> of_product;
};

Result<OwnPictures> read_pictures(Workspace& workspace, const Live& live) {
  OwnPictures own;
  own.data.dim = static_cast<size_t>(live.model->projection.in);
  const auto read = workspace.catalog().for_each_indexable(live.model->encoder_id, [&own](const IndexRow& row) {
    if (row.embedding.size() != 2 * own.data.dim) {
      return Status(fail(ErrorCode::kCorrupt, "embedding_damaged", fmt::format("the embedding of picture {} has a wrong size", row.picture.value)));
    }
    own.of_product[row.product.value].push_back(own.pictures.size());
    own.pictures.push_back({row.product, row.picture, row.category});
    own.data.append(decode_half(row.embedding), 0, row.product.value);
    return Status{};
  });
  if (!read) return propagate(read, "reading the embeddings");
  if (own.pictures.empty()) {
    return fail(ErrorCode::kInvalidArgument, "no_queries", "the catalogue has no pictures to look up; import some, or name photos with --queries");
  }
  return own;
}

std::vector<size_t> draw_sample(const OwnPictures& own, const OwnPictureOptions& options) {
  std::mt19937_64 random(options.seed);
  std::vector<size_t> several, single;
  for (size_t i = 0; i < own.pictures.size(); ++i) (own.of_product.at(own.pictures[i].product.value).size() > 1 ? several : single).push_back(i);
  std::vector<size_t> sample;
  for (std::vector<size_t>* from : {&several, &single}) {
    const size_t wanted = std::min(from->size(), options.queries_max - sample.size());
    for (size_t i = 0; i < wanted; ++i) {
      std::swap((*from)[i], (*from)[i + random() % (from->size() - i)]);
      sample.push_back((*from)[i]);
    }
  }
  std::sort(sample.begin(), sample.end());
  return sample;
}

// A probability for each picture of a category that the serving head knows, from a fold that has not seen its product.
using HeldOut = std::unordered_map<size_t, std::vector<double>>;

Result<HeldOut> cross_validate(const OwnPictures& own, const ServingModel& model, const OwnPictureOptions& options, size_t threads,
                               const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  std::unordered_map<int64_t, size_t> label_of;
  for (size_t c = 0; c < model.head->classes(); ++c) label_of[model.head->class_ids[c]] = c;
  for (const BackedOffCategory& one : model.backed_off) label_of[one.category] = label_of[one.taught_as];
  Dataset data;
  data.dim = own.data.dim;
  std::vector<size_t> rows;
  for (size_t i = 0; i < own.pictures.size(); ++i) {
    const auto label = label_of.find(own.pictures[i].category.value);
    if (label == label_of.end()) continue;
    data.append(own.data.row(i), label->second, own.data.groups[i]);
    rows.push_back(i);
  }
  HeadTrainingOptions training;
  training.seed = options.seed;
  training.threads = threads;
  const auto trained = train_head(data, model.head->classes(), training, progress, stop);
  if (!trained) return propagate(trained);
  HeldOut held_out;
  for (size_t i = 0; i < rows.size(); ++i) held_out[rows[i]] = trained->report.held_out[i].probabilities;
  return held_out;
}

}  // namespace

Result<std::vector<EvaluationQuery>> sample_own_pictures(Workspace& workspace, const Live& live, const OwnPictureOptions& options,
                                                         const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  const auto own = read_pictures(workspace, live);
  if (!own) return propagate(own);
  HeldOut held_out;
  if (live.model->head) {
    auto validated = cross_validate(*own, *live.model, options, workspace.threads(), progress, stop);
    if (!validated) return propagate(validated);
    held_out = std::move(*validated);
  }
  std::vector<EvaluationQuery> queries;
  for (const size_t i : draw_sample(*own, options)) {
    const OwnPicture& picture = own->pictures[i];
    EvaluationQuery query;
    query.name = fmt::format("picture {}", picture.picture.value);
    query.product = picture.product;
    query.picture = picture.picture;
    query.category = picture.category;
    query.own_picture = true;
    query.embedding.assign(own->data.row(i).begin(), own->data.row(i).end());
    for (const size_t other : own->of_product.at(picture.product.value)) {
      if (other != i) query.other_pictures.push_back(live.model->projection.apply(own->data.row(other)));
    }
    // A category without held-out probabilities is one that the serving head has never seen.
    const auto probabilities = held_out.find(i);
    if (probabilities != held_out.end()) {
      query.probabilities = category_probabilities(*live.model, probabilities->second);
    } else if (live.model->head) {
      query.probabilities = category_probabilities(*live.model, live.model->head->probabilities(query.embedding));
    }
    queries.push_back(std::move(query));
  }
  return queries;
}

}  // namespace nozama
