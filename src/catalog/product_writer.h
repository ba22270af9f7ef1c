// Stores products inside an open write transaction.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "catalog/internal.h"

namespace nozama {

class ProductWriter {
 public:
  explicit ProductWriter(sql::Connection& db) : db_(db), categories_(db) {}

  // Looks up what is stored of these, in as few queries as possible; before their upsert().
  Status prepare(const std::vector<ProductRecord>& records);
  Result<UpsertOutcome> upsert(const ProductRecord& record);
  // nullopt = there was none.
  Result<std::optional<ProductId>> remove(const std::string& external_id);
  // Forgets the bytes that no picture uses any more. At the end, so that a picture may move between
  // products of one transaction and keep its embedding.
  Status remove_orphans();

 private:
  struct Stored {
    ProductId id;
    std::string digest;
  };
  Status forget_parts(ProductId product);
  Result<ProductId> write_row(const ProductRecord& record, const std::string& digest, std::optional<ProductId> existing);
  Status write_categories(ProductId product, CategoryId primary, const ProductRecord& record);
  Status write_texts(ProductId product, const ProductRecord& record);
  Result<std::vector<VariantId>> write_variants(ProductId product, const ProductRecord& record, bool fresh);
  Result<VariantId> write_variant(ProductId product, int64_t position, const VariantRecord& variant);
  Status write_pictures(ProductId product, const ProductRecord& record, const std::vector<VariantId>& variants, bool fresh);
  Result<int64_t> content_id(const PictureRecord& picture);
  Status refresh_sources(ProductId product, const ProductRecord& record);

  sql::Connection& db_;
  CategoryMaker categories_;
  std::unordered_map<std::string, Stored> stored_;  // by external id
  std::unordered_set<int64_t> maybe_orphans_;       // contents
};

}  // namespace nozama
