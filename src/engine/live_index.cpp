#include "engine/live_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "base/half.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/money.h"
#include "engine/shop_columns.h"
#include "engine/workspace.h"

namespace nozama {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(200);
constexpr int kChangesAtOnce = 2000;
constexpr size_t kProductsAtOnce = 256;

// Collects the catalogue's rows, which come product by product, into whole products for the index.
class IndexWriter {
 public:
  IndexWriter(Catalog& catalog, const Projection& projection, VectorIndex& index) : catalog_(catalog), projection_(projection), index_(index) {}

  Status add(const IndexRow& row) {
    if (batch_.empty() || batch_.back().product != row.product) {
      if (batch_.size() >= kProductsAtOnce) {
        const Status written = flush();
        if (!written) return written;
      }
      // The first picture is the product's main one.
      IndexedProduct product{row.product, row.category, {}, {}, row.duplicate_group};
      if (row.price_minor) product.attributes.set("price", major_units(*row.price_minor, row.currency));
      if (row.rating) product.attributes.set("rating", *row.rating);
      product.attributes.set("in_stock", row.stock.value_or(1) > 0 ? 1 : 0);
      product.attributes.add("brand", row.brand);
      batch_.push_back(std::move(product));
      seen_.insert(row.product);
    }
    // Every picture's colours: a product of which one variant is red is found as red.
    for (const ColourRecord& colour : row.colours) batch_.back().attributes.add("colour", colour.name);
    std::vector<float> vector = projection_.apply(decode_half(row.embedding));
    // A picture without any direction (one colour) resembles nothing; it has no place in the index.
    const bool zero = std::all_of(vector.begin(), vector.end(), [](float value) { return value == 0; });
    if (!zero) batch_.back().pictures.push_back({row.picture, std::move(vector)});
    return {};
  }

  Status flush() {
    const Status described = add_keywords();
    if (!described) return described;
    const Status written = index_.upsert(batch_);
    batch_.clear();
    return written;
  }

  bool wrote(ProductId product) const { return seen_.contains(product); }

 private:
  // The categories and attributes of the batch.
  Status add_keywords() {
    std::vector<ProductId> ids;
    std::unordered_map<ProductId, RowAttributes*> rows;
    for (IndexedProduct& product : batch_) {
      ids.push_back(product.product);
      rows[product.product] = &product.attributes;
    }
    return catalog_.for_each_keyword(ids, [&rows](const KeywordRow& row) {
      const std::string column = row.is_category ? "category" : attribute_column(row.name);
      if (!column.empty()) rows[row.product]->add(column, row.value);
      return Status{};
    });
  }

  Catalog& catalog_;
  const Projection& projection_;
  VectorIndex& index_;
  std::vector<IndexedProduct> batch_;
  std::unordered_set<ProductId> seen_;
};

}  // namespace

Result<std::unique_ptr<LiveIndex>> LiveIndex::open(Workspace& workspace) {
  auto live = std::unique_ptr<LiveIndex>(new LiveIndex(workspace));
  const auto model = load_serving_model(workspace);
  if (!model) return propagate(model);
  live->live_.model = *model;
  if (!live->load_snapshot(**model)) {
    const Status built = live->rebuild();
    if (!built) return propagate(built);
  }
  const Status current = live->catch_up();
  if (!current) return propagate(current);
  live->follower_ = std::thread([raw = live.get()] { raw->follow(); });
  return live;
}

LiveIndex::~LiveIndex() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_signal_.notify_all();
  if (follower_.joinable()) follower_.join();
  save();
}

Live LiveIndex::current() const {
  const std::lock_guard lock(live_mutex_);
  return live_;
}

bool LiveIndex::load_snapshot(const ServingModel& model) {
  auto loaded = load_embedded_index(workspace_.dir().index_snapshot());
  if (!loaded) {
    if (loaded.error().code != ErrorCode::kNotFound) log_warning("index_rebuilt", {{"reason", loaded.error().message}});
    return false;
  }
  const auto stats = workspace_.catalog().stats();
  if (!stats) return false;
  const IndexStamp& stamp = loaded->stamp;
  std::string reason;
  if (stamp.catalogue_id != workspace_.catalog().catalogue_id()) reason = "the snapshot is of another catalogue";
  if (stamp.space != model.space()) reason = "the snapshot is of another encoder or projection";
  if (stamp.seq > stats->change_seq) reason = "the snapshot is ahead of the database";
  if (stamp.seq < stats->change_floor) reason = "the snapshot is older than the change log";
  if (!reason.empty()) {
    log_info("index_rebuilt", {{"reason", reason}});
    return false;
  }
  live_.index = std::move(loaded->index);
  applied_seq_ = stamp.seq;
  saved_seq_ = stamp.seq;
  return true;
}

Status LiveIndex::rebuild() {
  const auto model = load_serving_model(workspace_);
  if (!model) return propagate(model);
  std::shared_ptr<VectorIndex> index = make_embedded_index(static_cast<size_t>((*model)->projection.out));
  IndexWriter writer(workspace_.catalog(), (*model)->projection, *index);
  const auto seq = workspace_.catalog().for_each_indexable((*model)->encoder_id, [&writer](const IndexRow& row) { return writer.add(row); });
  if (!seq) return propagate(seq, "building the index");
  const Status flushed = writer.flush();
  if (!flushed) return flushed;
  const IndexStats stats = index->stats();
  log_info("index_built", {{"products", std::to_string(stats.products)}, {"pictures", std::to_string(stats.rows)}, {"seq", std::to_string(*seq)}});
  const auto row = workspace_.catalog().serving();
  if (!row) return propagate(row);
  if (row->generation != (*model)->row.generation) return rebuild();  // switched while the rows were read
  const std::lock_guard lock(live_mutex_);
  live_ = {*model, std::move(index)};
  applied_seq_ = *seq;
  return {};
}

Status LiveIndex::catch_up() {
  const std::lock_guard lock(apply_mutex_);
  // A search has met a part of the snapshot that is damaged.
  if (const Status whole = current().index->health(); !whole) {
    log_warning("index_rebuilt", {{"reason", whole.error().message}});
    const Status rebuilt = rebuild();
    if (!rebuilt) return propagate(rebuilt);
  }
  while (true) {
    const auto applied = apply_next_changes();
    if (!applied) return propagate(applied);
    if (!*applied) return {};
  }
}

Result<bool> LiveIndex::apply_next_changes() {
  const auto changes = workspace_.catalog().read_changes(applied_seq_, kChangesAtOnce);
  if (!changes && changes.error().code == ErrorCode::kConflict) {
    log_warning("index_rebuilt", {{"reason", changes.error().message}});
    const Status rebuilt = rebuild();
    if (!rebuilt) return propagate(rebuilt);
    return true;
  }
  if (!changes) return propagate(changes);
  if (changes->empty()) return false;
  std::vector<ProductId> products;
  std::unordered_set<int64_t> seen;
  bool serving_changed = false;
  for (const Change& change : *changes) {
    if (change.kind == ChangeKind::kServing) {
      serving_changed = true;
    } else if (change.kind != ChangeKind::kCuration && seen.insert(change.id).second) {
      products.push_back({change.id});
    }
  }
  if (serving_changed) {
    const Status served = apply_serving();
    if (!served) return propagate(served);
    if (applied_seq_ >= changes->back().seq) return true;  // a rebuild has seen the products too
  }
  for (size_t i = 0; i < products.size(); i += kProductsAtOnce) {
    const size_t end = std::min(products.size(), i + kProductsAtOnce);
    const Status applied = apply_products({products.begin() + static_cast<std::ptrdiff_t>(i), products.begin() + static_cast<std::ptrdiff_t>(end)});
    if (!applied) return propagate(applied);
  }
  applied_seq_ = std::max<int64_t>(applied_seq_, changes->back().seq);
  return true;
}

Status LiveIndex::apply_products(const std::vector<ProductId>& products) {
  const Live live = current();
  IndexWriter writer(workspace_.catalog(), live.model->projection, *live.index);
  const auto read = workspace_.catalog().for_each_indexable(live.model->encoder_id, products, [&writer](const IndexRow& row) { return writer.add(row); });
  if (!read) return propagate(read, "following the change log");
  const Status flushed = writer.flush();
  if (!flushed) return flushed;
  std::vector<ProductId> gone;
  for (const ProductId product : products) {
    if (!writer.wrote(product)) gone.push_back(product);
  }
  live.index->remove(gone);
  return {};
}

Status LiveIndex::apply_serving() {
  const auto model = load_serving_model(workspace_);
  if (!model) return propagate(model);
  if ((*model)->space() != current().model->space()) return rebuild();
  const std::lock_guard lock(live_mutex_);
  live_.model = *model;
  return {};
}

void LiveIndex::follow() {
  std::string last_error;
  std::unique_lock lock(stop_mutex_);
  while (!stop_signal_.wait_for(lock, kPollInterval, [this] { return stopping_; })) {
    lock.unlock();
    const Status applied = catch_up();
    // The same trouble every 200 ms is told once.
    if (!applied && applied.error().message != last_error) log_error("change_log", {{"error", applied.error().message}});
    last_error = applied ? "" : applied.error().message;
    lock.lock();
  }
}

void LiveIndex::save() {
  if (live_.index == nullptr || saved_seq_ == applied_seq_) return;
  const IndexStamp stamp{workspace_.catalog().catalogue_id(), live_.model->space(), applied_seq_};
  const Status saved = live_.index->save(workspace_.dir().index_snapshot(), stamp);
  if (!saved) log_warning("snapshot_not_saved", {{"error", saved.error().message}});
}

}  // namespace nozama
