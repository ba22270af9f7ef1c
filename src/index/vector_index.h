// Nearest neighbours by cosine among the shop's pictures: by category, under filters, while products change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "index/facets.h"
#include "index/filter.h"

namespace nozama {

struct IndexedPicture {
  PictureId picture;
  std::vector<float> vector;  // dimension() numbers of Euclidean length 1
};

// All pictures of a product share its partition, attributes and group.
struct IndexedProduct {
  ProductId product;
  CategoryId partition;  // the primary category; {0} = none
  RowAttributes attributes;
  std::vector<IndexedPicture> pictures;
  ContentId duplicate_group = {};  // equal for products whose main pictures are near-identical; {0} = alone
};

struct PartitionWeight {
  CategoryId partition;
  float weight = 0;  // added to the similarity of its rows
};

// What a search did.
struct SearchCost {
  size_t scanned = 0;      // rows whose codes were read, or that a filter gave
  size_t estimated = 0;    // of them, whose whole codes were read
  size_t compared = 0;     // of them, whose stored vectors were read
  bool certified = false;  // proved to be exact
};

struct NeighbourQuery {
  std::span<const float> vector;  // dimension() numbers of length 1
  size_t k = 30;
  std::vector<PartitionWeight> partitions;  // empty = every partition with weight 0
  const Filter* filter = nullptr;
  std::span<const ProductId> exclude;
  std::optional<std::span<const ProductId>> only = {};  // no other products; none = every product
  float min_score = -std::numeric_limits<float>::infinity();
  // The k best are proved to be the k best of a comparison of every row in double precision over the stored numbers. Otherwise
  // a few in ten thousand may be missing.
  bool exact = false;
  SearchCost* cost = nullptr;  // filled in when it is there
  bool details = false;        // hits come with their vectors and attributes
};

struct Neighbour {
  ProductId product;
  PictureId picture;  // the product's best
  CategoryId partition;
  float similarity = 0;  // cosine
  float score = 0;       // similarity + the partition's weight
  ContentId duplicate_group = {};
  // With `details` only.
  std::vector<float> vector;  // of the picture, as it is stored
  RowAttributes attributes;
};

// What one query finds in the default mode and in the exact one, and the processor time that each took.
struct BothModes {
  std::vector<Neighbour> usual, exact;
  double usual_ms = 0, exact_ms = 0;
};

struct ListOrder {
  std::string column = {};  // "" = by id
  bool descending = false;
  size_t offset = 0, limit = 30;
};

// What a snapshot was made from. One that does not fit the catalogue any more is rebuilt.
struct IndexStamp {
  std::string catalogue_id;
  std::string space;  // encoder and projection: vectors of another space cannot be compared
  int64_t seq = 0;    // the newest change it holds
  bool operator==(const IndexStamp&) const = default;
};

struct IndexStats {
  size_t products = 0, rows = 0, deleted_rows = 0, partitions = 0;
  size_t bytes = 0;  // resident
};

// Thread-safe. A search sees all of a product's rows or none.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;

  virtual size_t dimension() const = 0;

  // Replaces everything about each product. kInvalidArgument "bad_vector" for another dimension, a number that is not
  // finite, or length 0; nothing is changed then.
  virtual Status upsert(std::span<const IndexedProduct> products) = 0;
  virtual void remove(std::span<const ProductId> products) = 0;

  // At most k products, best score first, equal scores by ascending product id; removed products never appear.
  // kInvalidArgument "bad_vector", "bad_filter" or "bad_weight"; kCorrupt as health().
  virtual Result<std::vector<Neighbour>> search(const NeighbourQuery& query) const = 0;

  // Of search(), each query's answer over one state of the index. Queries of the same partitions share one pass over the codes, which pays
  // where these are more than the processor's caches hold. The first query's error that there is.
  virtual Result<std::vector<std::vector<Neighbour>>> search_many(std::span<const NeighbourQuery> queries) const = 0;

  // In both modes over one state of the index: what only the exact one finds was missed, not added meanwhile. Errors as search().
  virtual Result<BothModes> search_in_both_modes(const NeighbourQuery& query) const = 0;

  // All products that search() with the greatest k would find, counted: how many, and by their values. Without a min_score the
  // vector may be empty. kInvalidArgument like search(), and "bad_facet".
  virtual Result<FacetCounts> count(const NeighbourQuery& query, std::span<const FacetRequest> facets) const = 0;

  // The products that count() counts, by the column of numbers and those without a number last, equal ones by ascending id; by id
  // alone without a column. kInvalidArgument like count().
  virtual Result<std::vector<ProductId>> list(const NeighbourQuery& query, const ListOrder& order) const = 0;

  virtual IndexStats stats() const = 0;
  virtual std::vector<ColumnSpec> columns() const = 0;     // that filters may name
  virtual std::vector<CategoryId> partitions() const = 0;  // that have rows

  // kCorrupt "damaged_index" once a part of the loaded snapshot has proved damaged when it was first used. Every search fails
  // so from then on: make the index again from the database.
  virtual Status health() const = 0;

  // Waits until the work in the background that makes searches faster is done. Never needed for right answers.
  virtual void settle() = 0;

  // Written aside and renamed; the old snapshot stays until the new one is whole.
  virtual Status save(const std::filesystem::path& path, const IndexStamp& stamp) const = 0;
};

std::unique_ptr<VectorIndex> make_embedded_index(size_t dimension);

struct LoadedIndex {
  std::unique_ptr<VectorIndex> index;
  IndexStamp stamp;
};

// The file is mapped: vectors and codes are read, and their checksums compared, when a search first needs them; see health().
// kCorrupt "damaged_index" for anything but a whole snapshot of ours, kUnsupported "newer_index" or
// "older_index" for another version.
Result<LoadedIndex> load_embedded_index(const std::filesystem::path& path);
Result<LoadedIndex> load_embedded_index(std::span<const std::byte> bytes);

// Reads all of it and compares every checksum. Errors as load_embedded_index().
Status verify_embedded_index(const std::filesystem::path& path);

}  // namespace nozama
