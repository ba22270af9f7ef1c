#include "engine/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/search_session.h"
#include "engine/workspace.h"
#include "feeds/csv_parser.h"
#include "feeds/reader.h"
#include "image/decode.h"
#include "model/encoder.h"
#include "train/metrics.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

struct Query {
  fs::path picture;
  std::string product_id;
  ProductId product;
  CategoryId category;
  std::vector<float> embedding;
};

Result<std::vector<Query>> read_queries(const fs::path& path) {
  CsvParser parser(std::ifstream(path, std::ios::binary), ',');
  CsvRow row;
  if (parser.next(row) != CsvParser::Outcome::kRow) return fail(ErrorCode::kInvalidArgument, "empty_feed", path.string() + " cannot be read or is empty");
  const auto column = [&row](std::string_view name) { return static_cast<size_t>(std::find(row.fields.begin(), row.fields.end(), name) - row.fields.begin()); };
  const size_t picture = column("picture"), product = column("product_id"), columns = row.fields.size();
  if (picture == columns || product == columns) {
    return fail(ErrorCode::kInvalidArgument, "missing_column", fmt::format("{}:1: the columns picture and product_id are needed", path.string()));
  }
  std::vector<Query> queries;
  for (auto outcome = parser.next(row); outcome != CsvParser::Outcome::kEnd; outcome = parser.next(row)) {
    if (outcome == CsvParser::Outcome::kBadRow || row.fields.size() != columns) {
      return fail(ErrorCode::kInvalidArgument, "bad_row", fmt::format("{}:{}: not a row of {} fields", path.string(), row.line, columns));
    }
    queries.push_back({path.parent_path() / row.fields[picture], row.fields[product], {}, {}, {}});
  }
  if (queries.empty()) return fail(ErrorCode::kInvalidArgument, "empty_feed", path.string() + " has no queries");
  return queries;
}

// Each product's primary category, and how many products a category has: of the products that can be found.
struct Gallery {
  std::unordered_map<int64_t, CategoryId> category_of;
  std::unordered_map<int64_t, int64_t> products_in;
};

Result<Gallery> read_gallery(Workspace& workspace, const std::string& encoder_id) {
  Gallery gallery;
  const auto read = workspace.catalog().for_each_indexable(encoder_id, [&gallery](const IndexRow& row) {
    if (gallery.category_of.try_emplace(row.product.value, row.category).second) ++gallery.products_in[row.category.value];
    return Status{};
  });
  if (!read) return propagate(read);
  return gallery;
}

class Evaluation {
 public:
  Evaluation(Engine& engine, const Encoder& encoder) : engine_(engine), encoder_(encoder), live_(engine.live()) {}

  Status add_distractors(const fs::path& folder, const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop);
  Status measure(std::vector<Query>& queries, const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop);
  EvaluationReport report_;

 private:
  Result<bool> prepare(Query& query, const Gallery& gallery);
  Status search_all(const Query& query);
  double score_of_best(std::span<const float> embedding) const;

  struct Ranks {
    std::vector<int64_t> ranks;
    std::vector<double> ms;
    RetrievalFigures figures() const {
      return {recall_at(ranks, 1), recall_at(ranks, 5), recall_at(ranks, 30), mean_reciprocal_rank(ranks), percentile(ms, 0.5)};
    }
  };

  Engine& engine_;
  const Encoder& encoder_;
  Live live_;  // its index may be a copy with distractors
  Ranks soft_, none_, hard_;
  RetrievalFigures baseline_sum_;
  std::vector<double> decode_, encode_, search_, total_;
  int64_t right_category_ = 0, refused_ = 0;
};

// The gallery grows by other pictures, each in the category the head gives it, where it competes with the products.
Status Evaluation::add_distractors(const fs::path& folder, const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  Workspace& workspace = engine_.workspace();
  const auto copy = fs::temp_directory_path() / fmt::format("nozama-eval-{}.nzi", random_hex(8));
  const Status saved = live_.index->save(copy, {workspace.catalog().catalogue_id(), live_.model->space(), 0});
  if (!saved) return saved;
  auto loaded = load_embedded_index(copy);
  std::error_code ignored;
  fs::remove(copy, ignored);
  if (!loaded) return propagate(loaded);
  auto feed = open_feed(folder);
  if (!feed) return propagate(feed);
  int64_t refused = 0;
  for (auto item = (*feed)->next(); item && *item && !stop.stop_requested(); item = (*feed)->next()) {
    const auto* draft = std::get_if<ProductDraft>(&**item);
    if (draft == nullptr) continue;
    if (progress) progress((*feed)->position(), (*feed)->size());
    const auto bytes = read_file(folder / draft->pictures.front().reference, kPictureFileBytesMax);
    StageTimings timings;
    const auto embedding = bytes ? embed_photo(encoder_, *bytes, std::nullopt, timings) : Result<std::vector<float>>(propagate(bytes));
    if (!embedding) {
      report_.skipped.push_back(embedding.error().message);
      continue;
    }
    refused += score_of_best(*embedding) < live_.model->parameters.min_score ? 1 : 0;
    ++report_.distractors;
    const GatedSearch gated = gate_embedding(live_, *embedding, Gate::kHard);
    IndexedProduct product;
    product.product.value = -report_.distractors;  // no product of the catalogue has a negative id
    if (!gated.partitions.empty()) product.partition = gated.partitions.front().partition;
    product.pictures.push_back({{-report_.distractors}, live_.model->projection.apply(*embedding)});
    const Status added = loaded->index->upsert(std::span(&product, 1));
    if (!added) report_.skipped.push_back(added.error().message);
  }
  if (report_.distractors > 0) report_.distractors_refused = static_cast<double>(refused) / static_cast<double>(report_.distractors);
  live_.index = std::move(loaded->index);
  return {};
}

double Evaluation::score_of_best(std::span<const float> embedding) const {
  NeighbourQuery query;
  query.k = 1;
  query.partitions = gate_embedding(live_, embedding, Gate::kSoft).partitions;
  const auto hits = search_embedding(live_, embedding, query);
  return hits && !hits->empty() ? live_.model->parameters.calibration.score(static_cast<double>(hits->front().score)) : 0;
}

Result<bool> Evaluation::prepare(Query& query, const Gallery& gallery) {
  const auto bytes = read_file(query.picture, kPictureFileBytesMax);
  const auto skip = [this](std::string reason) {
    report_.skipped.push_back(std::move(reason));
    return false;
  };
  if (!bytes) return skip(bytes.error().message);
  const auto ids = engine_.workspace().catalog().product_ids({query.product_id});
  if (!ids) return propagate(ids);
  if (!(*ids)[0]) return skip(fmt::format("{}: there is no product '{}'", query.picture.string(), query.product_id));
  query.product = *(*ids)[0];
  const auto category = gallery.category_of.find(query.product.value);
  if (category == gallery.category_of.end()) return skip(fmt::format("{}: product '{}' has no picture", query.picture.string(), query.product_id));
  query.category = category->second;
  StageTimings timings;
  auto embedding = embed_photo(encoder_, *bytes, std::nullopt, timings);
  if (!embedding) return skip(fmt::format("{}: {}", query.picture.string(), embedding.error().message));
  query.embedding = std::move(*embedding);
  decode_.push_back(timings.decode_ms);
  encode_.push_back(timings.encode_ms);
  const int64_t products = gallery.products_in.at(query.category.value);
  baseline_sum_.recall_at_1 += random_recall_at(products, 1);
  baseline_sum_.recall_at_5 += random_recall_at(products, 5);
  baseline_sum_.recall_at_30 += random_recall_at(products, 30);
  baseline_sum_.mrr += random_reciprocal_rank(products);
  return true;
}

Status Evaluation::search_all(const Query& query) {
  const size_t everything = live_.index->stats().products;
  for (const auto& [gate, ranks] : {std::pair{Gate::kSoft, &soft_}, std::pair{Gate::kNone, &none_}, std::pair{Gate::kHard, &hard_}}) {
    // Timed as the shop serves it; the rank is then taken from the whole order.
    const Stopwatch watch;
    const GatedSearch gated = gate_embedding(live_, query.embedding, gate);
    NeighbourQuery neighbours;
    neighbours.partitions = gated.partitions;
    neighbours.k = SearchLimits::kCountedMax;
    auto hits = search_embedding(live_, query.embedding, neighbours);
    if (!hits) return propagate(hits);
    ranks->ms.push_back(watch.elapsed_ms());
    neighbours.k = everything;
    hits = search_embedding(live_, query.embedding, neighbours);
    if (!hits) return propagate(hits);
    const auto found = std::find_if(hits->begin(), hits->end(), [&query](const Neighbour& hit) { return hit.product == query.product; });
    ranks->ranks.push_back(found == hits->end() ? 0 : found - hits->begin() + 1);
    if (gate == Gate::kSoft) {
      if (!gated.probabilities.empty() && gated.probabilities.front().category == query.category) ++right_category_;
      const double best = hits->empty() ? 0 : live_.model->parameters.calibration.score(static_cast<double>(hits->front().score));
      if (best < live_.model->parameters.min_score) ++refused_;
    }
  }
  return {};
}

Status Evaluation::measure(std::vector<Query>& queries, const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  const auto gallery = read_gallery(engine_.workspace(), live_.model->encoder_id);
  if (!gallery) return propagate(gallery);
  report_.products = static_cast<int64_t>(gallery->category_of.size());
  for (size_t i = 0; i < queries.size(); ++i) {
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "the evaluation was stopped");
    const auto usable = prepare(queries[i], *gallery);
    if (!usable) return propagate(usable);
    if (*usable) {
      const Status searched = search_all(queries[i]);
      if (!searched) return searched;
      search_.push_back(soft_.ms.back());
      total_.push_back(decode_.back() + encode_.back() + search_.back());
      ++report_.queries;
    }
    if (progress) progress(static_cast<int64_t>(i) + 1, static_cast<int64_t>(queries.size()));
  }
  if (report_.queries == 0)
    return fail(ErrorCode::kInvalidArgument, "no_queries", fmt::format("no query could be used; the first: {}", report_.skipped.front()));
  const auto n = static_cast<double>(report_.queries);
  report_.soft_gate = soft_.figures();
  report_.no_gate = none_.figures();
  report_.hard_gate = hard_.figures();
  report_.baseline = {baseline_sum_.recall_at_1 / n, baseline_sum_.recall_at_5 / n, baseline_sum_.recall_at_30 / n, baseline_sum_.mrr / n, 0};
  report_.category_accuracy = static_cast<double>(right_category_) / n;
  const Interval interval = wilson_interval(right_category_, report_.queries);
  report_.category_accuracy_low = interval.low;
  report_.category_accuracy_high = interval.high;
  report_.refused = static_cast<double>(refused_) / n;
  const auto latency = [](const std::vector<double>& ms) { return LatencyFigures{percentile(ms, 0.5), percentile(ms, 0.95)}; };
  report_.decode = latency(decode_);
  report_.encode = latency(encode_);
  report_.search = latency(search_);
  report_.total = latency(total_);
  return {};
}

}  // namespace

Result<EvaluationReport> evaluate_queries(Engine& engine, const EvaluationOptions& options, const std::function<void(int64_t, int64_t)>& progress,
                                          std::stop_token stop) {
  auto queries = read_queries(options.queries);
  if (!queries) return propagate(queries);
  const auto encoder = engine.workspace().encoder();
  if (!encoder) return propagate(encoder);
  Evaluation evaluation(engine, **encoder);
  if (options.distractors) {
    const Status added = evaluation.add_distractors(*options.distractors, progress, stop);
    if (!added) return propagate(added, "distractors");
  }
  const Status measured = evaluation.measure(*queries, progress, stop);
  if (!measured) return propagate(measured);
  const Live live = engine.live();
  if (live.model->row.head) {
    const auto head = engine.workspace().catalog().head(*live.model->row.head);
    if (head) evaluation.report_.head_report_json = head->report_json;
  }
  return std::move(evaluation.report_);
}

}  // namespace nozama
