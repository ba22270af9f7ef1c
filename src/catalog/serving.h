// What changes, and what answers searches: the change log's entries, trained models, the serving row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace nozama {

// Stored as numbers: append only. Created and updated are one kind.
enum class ChangeKind { kProduct, kProductDeleted, kServing, kCuration };

struct Change {
  int64_t seq = 0;
  ChangeKind kind = ChangeKind::kProduct;
  int64_t id = 0;  // the product's, the serving row's generation, or the rule's; ids are never used twice
};

using ProjectionId = Id<struct ProjectionTag>;
using HeadId = Id<struct HeadTag>;

// A trained thing: opaque bytes of one encoder, never changed once saved.
struct ModelBlob {
  std::string encoder_id;
  std::vector<std::byte> blob;
  std::string report_json;
  int64_t created_ms = 0;  // set when saved
};

// What answers searches now.
struct ServingRow {
  std::string encoder_id;  // "" = nothing chosen yet (generation 0)
  std::optional<ProjectionId> projection;
  std::optional<HeadId> head;
  std::string parameters_json = "{}";  // thresholds, calibration, gate
  int64_t generation = 0;              // set by switch_serving()
};

struct UnusedModels {
  std::vector<std::string> encoder_ids;  // that embeddings are stored of, the serving one left out
  int64_t embeddings = 0, projections = 0, heads = 0;
  int64_t bytes = 0;  // of the vectors and blobs
};

}  // namespace nozama
