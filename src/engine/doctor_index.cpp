#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "engine/doctor_checks.h"
#include "engine/live_index.h"
#include "index/vector_index.h"

namespace nozama {
namespace {

using Level = DoctorFinding::Level;

struct Expected {
  int64_t products = 0, rows = 0, seq = 0;
};

// What an index of the catalogue as it is now has to hold.
Result<Expected> count_indexable(Catalog& catalog, const std::string& encoder_id) {
  Expected expected;
  ProductId last;
  const auto seq = catalog.for_each_indexable(encoder_id, [&](const IndexRow& row) {
    if (row.product != last) ++expected.products;
    last = row.product;
    // A picture without any direction has no place in the index.
    expected.rows += std::ranges::any_of(row.embedding, [](std::byte byte) { return byte != std::byte{0}; }) ? 1 : 0;
    return Status{};
  });
  if (!seq) return propagate(seq);
  expected.seq = *seq;
  return expected;
}

// What is wrong with it, or an empty error and what is to be told; nothing = there is none.
struct Verdict {
  std::string fault, told;
};

Result<Verdict> judge(Workspace& workspace, const LoadedIndex& loaded) {
  Catalog& catalog = workspace.catalog();
  const auto model = load_serving_model(workspace);
  if (!model) return propagate(model);
  const auto stats = catalog.stats();
  if (!stats) return propagate(stats);
  const IndexStamp& stamp = loaded.stamp;
  const IndexStats held = loaded.index->stats();
  if (stamp.catalogue_id != catalog.catalogue_id()) return Verdict{"the snapshot is of another catalogue", {}};
  if (stamp.space != (*model)->space()) return Verdict{"the snapshot is of another encoder or training", {}};
  if (stamp.seq > stats->change_seq) return Verdict{fmt::format("the snapshot is at change {}, the catalogue at {}", stamp.seq, stats->change_seq), {}};
  if (stamp.seq < stats->change_floor) return Verdict{"the snapshot is older than the change log", {}};
  std::string told = fmt::format("{} products, {} pictures at change {}", held.products, held.rows, stamp.seq);
  if (stamp.seq < stats->change_seq) return Verdict{{}, fmt::format("{}; {} newer changes are read at the start", told, stats->change_seq - stamp.seq)};
  const auto expected = count_indexable(catalog, (*model)->encoder_id);
  if (!expected) return propagate(expected);
  const bool same = static_cast<int64_t>(held.products) == expected->products && static_cast<int64_t>(held.rows) == expected->rows;
  if (same || expected->seq != stamp.seq) return Verdict{{}, told};
  return Verdict{fmt::format("the snapshot holds {}, but the catalogue {} products and {} pictures", told, expected->products, expected->rows), {}};
}

Status rebuild(Workspace& workspace) {
  std::error_code error;
  std::filesystem::remove(workspace.dir().index_snapshot(), error);
  const auto live = LiveIndex::open(workspace);  // from the database; saved at its end
  return live ? Status() : propagate(live);
}

}  // namespace

void examine_index(const Examination& examination) {
  Workspace& workspace = examination.workspace;
  std::string fault;
  const auto loaded = load_embedded_index(workspace.dir().index_snapshot());
  if (!loaded && loaded.error().code == ErrorCode::kNotFound) return examination.add(Level::kOk, "index", "no snapshot yet; it is built at the next start");
  if (!loaded) {
    fault = loaded.error().message;
  } else if (const Status whole = verify_embedded_index(workspace.dir().index_snapshot()); !whole) {
    fault = whole.error().message;
  } else {
    const auto verdict = judge(workspace, *loaded);
    if (!verdict) return examination.add(Level::kProblem, "index", verdict.error().message);
    if (verdict->fault.empty()) return examination.add(Level::kOk, "index", verdict->told);
    fault = verdict->fault;
  }
  if (!examination.options.repair)
    return examination.add(Level::kWarning, "index", fault + "; it is built again at the next start, or by nozama doctor --repair");
  const Status rebuilt = rebuild(workspace);
  if (!rebuilt) return examination.add(Level::kProblem, "index", fmt::format("{}; building it again failed: {}", fault, rebuilt.error().message));
  examination.add(Level::kRepaired, "index", fault + "; it has been built again");
}

}  // namespace nozama
