// What a writer of the index changes: the newest slots, rows and partitions, and which product is where. Internal to the index.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "index/partition.h"
#include "index/vector_index.h"

namespace nozama {

// A product as it is stored; the same for a snapshot, a live upsert and a copy.
struct IndexRecord {
  ProductId product;
  CategoryId partition;
  RowAttributes attributes;
  std::vector<PictureId> pictures;
  std::vector<Fixed> vectors;  // pictures × dimension
  ContentId duplicate_group = {};
};

// Not thread-safe. Searches read what is in it through Views.
class IndexContents {
 public:
  IndexContents(size_t dimension, std::shared_ptr<const CodeSpace> space, size_t fitted_rows);
  // Of a snapshot: every slot is alive.
  IndexContents(std::shared_ptr<Generation> generation, std::shared_ptr<Directory> directory);

  // Without pictures: nothing is kept.
  void append(const IndexRecord& record);
  // From `version` on; false when there is no such product.
  bool end(ProductId product, uint32_t version);
  // A slot without rows: a version is a number of slots.
  void mark_moment();
  uint32_t size() const { return generation_->slots.size(); }  // slots
  std::optional<uint32_t> find(ProductId product) const;       // its living slot

  const Generation& generation() const { return *generation_; }
  const Directory& directory() const { return *directory_; }
  size_t live_products() const { return live_products_; }
  size_t live_rows() const { return live_rows_; }
  View view() const;
  // Others with the same living rows in the places of some partitions, or of all with another space. Views keep the old ones.
  void replace(std::shared_ptr<Directory> directory) { directory_ = std::move(directory); }

 private:
  uint32_t number_of(CategoryId partition);

  std::shared_ptr<Generation> generation_;
  std::shared_ptr<Directory> directory_;             // the newest; copied before it changes, as Views hold it
  std::unordered_map<ProductId, uint32_t> slot_of_;  // but for the slots of the snapshot, which are in order
  size_t live_products_ = 0, live_rows_ = 0;
};

// A slot as it was appended. Any thread's, for slots below a version that it has read.
IndexRecord record_of(const View& view, uint32_t slot);

}  // namespace nozama
