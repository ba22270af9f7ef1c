#include "engine/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/evaluation_figures.h"
#include "engine/evaluation_own_pictures.h"
#include "engine/evaluation_photos.h"
#include "engine/evaluation_search.h"
#include "engine/evaluation_speed.h"
#include "engine/workspace.h"
#include "media/blob_store.h"
#include "model/encoder.h"

namespace nozama {
namespace {

constexpr size_t kTimedPictures = 200;  // enough for a median, and for a rate

class Evaluation {
 public:
  Evaluation(Engine& engine, const EvaluationOptions& options, const EvaluationProgress& progress, std::stop_token stop)
      : engine_(engine), options_(options), progress_(progress), stop_(std::move(stop)), live_(engine.live()) {}

  Result<EvaluationReport> run();

 private:
  Status hide_among_distractors();
  Status ask_photos();
  Status ask_photo(const PhotoQuery& photo, ProductId product, CategoryId category);
  Status ask_own_pictures();
  Status ask(const EvaluationQuery& query);
  Status finish();
  Status measure_speed();
  std::function<void(int64_t, int64_t)> stage(std::string_view name) const {
    return [this, name](int64_t done, int64_t total) {
      if (progress_) progress_(name, done, total);
    };
  }
  Status stopped() const { return stop_.stop_requested() ? Status(fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped")) : Status{}; }

  Engine& engine_;
  const EvaluationOptions& options_;
  const EvaluationProgress& progress_;
  std::stop_token stop_;
  Live live_;  // its index may be a copy with distractors
  Gallery gallery_;
  EvaluationReport report_;
  std::vector<PictureSource> timed_;  // pictures for measuring speed
};

Status Evaluation::hide_among_distractors() {
  if (!options_.distractors) return {};
  auto added = add_distractors(engine_.workspace(), live_, *options_.distractors, stage("distractors"), stop_);
  if (!added) return propagate(added, "distractors");
  report_.distractors = added->added;
  if (added->added > 0) report_.distractors_refused = static_cast<double>(added->refused) / static_cast<double>(added->added);
  report_.skipped.insert(report_.skipped.end(), added->skipped.begin(), added->skipped.end());
  return {};
}

Status Evaluation::ask(const EvaluationQuery& query) {
  auto outcome = search_with_each_gate(live_, gallery_, query);
  if (!outcome) return propagate(outcome);
  report_.outcomes.push_back(std::move(*outcome));
  return {};
}

Status Evaluation::ask_photo(const PhotoQuery& photo, ProductId product, CategoryId category) {
  auto embedded = embed_with_copies(*live_.model->encoder, photo, options_.altered_copies, options_.seed);
  if (!embedded) {
    report_.skipped.push_back(embedded.error().message);
    return {};
  }
  if (timed_.size() < kTimedPictures) timed_.push_back(picture_file(photo.photo));
  for (size_t copy = 0; copy < embedded->size(); ++copy) {
    EvaluationQuery query;
    query.name = copy == 0 ? photo.name : fmt::format("{}#{}", photo.name, copy);
    query.product_id = photo.product_id;
    query.photo = photo.photo;
    query.product = product;
    query.category = category;
    query.altered = copy > 0;
    query.embedding = std::move((*embedded)[copy]);
    const Status asked = ask(query);
    if (!asked) return asked;
  }
  return {};
}

Status Evaluation::ask_photos() {
  const auto photos = read_photo_queries(*options_.queries);
  if (!photos) return propagate(photos);
  std::vector<std::string> names;
  for (const PhotoQuery& photo : *photos) names.push_back(photo.product_id);
  const auto ids = engine_.workspace().catalog().product_ids(names);
  if (!ids) return propagate(ids);
  for (size_t i = 0; i < photos->size(); ++i) {
    const Status running = stopped();
    if (!running) return running;
    const PhotoQuery& photo = (*photos)[i];
    const auto category = (*ids)[i] ? gallery_.category_of.find((*ids)[i]->value) : gallery_.category_of.end();
    if (!(*ids)[i]) {
      report_.skipped.push_back(fmt::format("{}: there is no product '{}'", photo.photo.string(), photo.product_id));
    } else if (category == gallery_.category_of.end()) {
      report_.skipped.push_back(fmt::format("{}: product '{}' has no picture", photo.photo.string(), photo.product_id));
    } else {
      const Status asked = ask_photo(photo, *(*ids)[i], category->second);
      if (!asked) return asked;
    }
    stage("photos")(static_cast<int64_t>(i) + 1, static_cast<int64_t>(photos->size()));
  }
  if (!report_.outcomes.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, "no_queries", fmt::format("no query could be used; the first: {}", report_.skipped.front()));
}

Status Evaluation::ask_own_pictures() {
  report_.own_pictures = true;
  const OwnPictureOptions own{options_.own_pictures_max, options_.seed};
  const auto queries = sample_own_pictures(engine_.workspace(), live_, own, stage("category head"), stop_);
  if (!queries) return propagate(queries);
  for (const EvaluationQuery& query : *queries) {
    const Status running = stopped();
    if (!running) return running;
    const Status asked = ask(query);
    if (!asked) return asked;
    stage("pictures")(static_cast<int64_t>(report_.outcomes.size()), static_cast<int64_t>(queries->size()));
  }
  return {};
}

// The queries' own photos, or else the default pictures of the products that were looked up.
Status Evaluation::measure_speed() {
  Workspace& workspace = engine_.workspace();
  if (report_.own_pictures) {
    std::vector<ProductId> products;
    for (const QueryOutcome& outcome : report_.outcomes) {
      if (products.size() < kTimedPictures) products.push_back(outcome.product);
    }
    const auto cards = workspace.catalog().cards(products, "en");
    if (!cards) return propagate(cards);
    for (const ProductCard& card : *cards) timed_.emplace_back([&workspace, hash = card.picture_hash] { return workspace.pictures().get(hash); });
  }
  const auto speed = measure_encoding_speed(workspace, timed_, stop_);
  if (!speed) return propagate(speed);
  std::vector<double> search_ms, total_ms;
  for (const QueryOutcome& outcome : report_.outcomes) search_ms.push_back(outcome.soft.search_ms);
  const double search_p50 = percentile(search_ms, 0.5);
  for (size_t i = 0; i < speed->decode_ms.size(); ++i) total_ms.push_back(speed->decode_ms[i] + speed->encode_ms[i] + search_p50);
  const auto latency = [](const std::vector<double>& ms) { return LatencyFigures{percentile(ms, 0.5), percentile(ms, 0.95)}; };
  report_.decode = latency(speed->decode_ms);
  report_.encode = latency(speed->encode_ms);
  report_.search = latency(search_ms);
  report_.total = latency(total_ms);
  report_.pictures_per_second = speed->pictures_per_second;
  return {};
}

Status Evaluation::finish() {
  std::unordered_map<int64_t, std::string> slugs;
  const auto categories = engine_.workspace().catalog().categories("en");
  if (!categories) return propagate(categories);
  for (const CategoryNode& node : *categories) slugs[node.id.value] = node.slug;
  fill_figures(gallery_, slugs, report_);
  if (live_.model->row.head) {
    const auto head = engine_.workspace().catalog().head(*live_.model->row.head);
    if (head) report_.head_report_json = head->report_json;
  }
  return {};
}

Result<EvaluationReport> Evaluation::run() {
  report_.encoder_id = live_.model->encoder_id;
  report_.threads = engine_.workspace().threads();
  auto gallery = read_gallery(engine_.workspace(), live_.model->encoder_id);
  if (!gallery) return propagate(gallery);
  gallery_ = std::move(*gallery);
  for (const auto step : {&Evaluation::hide_among_distractors, options_.queries ? &Evaluation::ask_photos : &Evaluation::ask_own_pictures,
                          &Evaluation::measure_speed, &Evaluation::finish}) {
    const Status done = (this->*step)();
    if (!done) return propagate(done);
  }
  return std::move(report_);
}

}  // namespace

Result<EvaluationReport> evaluate_catalogue(Engine& engine, const EvaluationOptions& options, const EvaluationProgress& progress, std::stop_token stop) {
  return Evaluation(engine, options, progress, std::move(stop)).run();
}

}  // namespace nozama
