// Whole products as upsert() was given them: for exports and for changing a part of one.
#include <algorithm>
#include <unordered_map>

#include "catalog/internal.h"
#include "catalog/sql_lists.h"

namespace nozama {
namespace {

constexpr int kStepsMax = 100;  // of a category path; a damaged one may go in circles

struct CategoryStep {
  std::string name;
  int64_t parent = 0;
};
using CategorySteps = std::unordered_map<int64_t, CategoryStep>;

class RecordReader {
 public:
  explicit RecordReader(sql::Connection& db) : db_(db) {}

  Result<std::vector<StoredProduct>> read(const std::vector<ProductId>& ids) {
    for (const auto& step :
         {&RecordReader::read_rows, &RecordReader::read_texts, &RecordReader::read_variants, &RecordReader::read_pictures, &RecordReader::read_categories}) {
      if (auto read = (this->*step)(ids); !read) return propagate(read, "reading products");
    }
    std::vector<StoredProduct> ordered;
    for (const ProductId id : ids) {
      if (const auto found = products_.find(id.value); found != products_.end()) ordered.push_back(std::move(found->second));
    }
    return ordered;
  }

 private:
  // The record of the row's first column; products that are gone have none.
  ProductRecord* record_of(const sql::Rows& rows) {
    const auto found = products_.find(rows.integer(0));
    return found != products_.end() ? &found->second.record : nullptr;
  }

  Status read_rows(const std::vector<ProductId>& ids) {
    return sql::for_each_listed(
        db_, "SELECT id, external_id, brand, price_minor, currency, stock, rating, rating_count, url, digest, category_id FROM product WHERE id IN ({})", ids,
        [this](const sql::Rows& rows) {
          StoredProduct product{.id = ProductId{rows.integer(0)}, .record = {}, .digest = rows.text(9)};
          ProductRecord& record = product.record;
          record.external_id = rows.text(1);
          record.brand = rows.text(2);
          record.price_minor = rows.optional_integer(3);
          record.currency = rows.text(4);
          record.stock = rows.optional_integer(5);
          record.rating = rows.optional_real(6);
          record.rating_count = rows.integer(7);
          record.url = rows.text(8);
          if (!rows.is_null(10)) primary_[rows.integer(0)] = rows.integer(10);
          products_[rows.integer(0)] = std::move(product);
        });
  }

  Status read_texts(const std::vector<ProductId>& ids) {
    auto texts = sql::for_each_listed(db_, "SELECT product_id, lang, title, description FROM product_text WHERE product_id IN ({}) ORDER BY product_id, lang",
                                      ids, [this](const sql::Rows& rows) {
                                        if (auto* record = record_of(rows)) record->texts.push_back({rows.text(1), rows.text(2), rows.text(3)});
                                      });
    if (!texts) return texts;
    auto attributes = sql::for_each_listed(db_, "SELECT product_id, name, value FROM product_attribute WHERE product_id IN ({}) ORDER BY product_id, position",
                                           ids, [this](const sql::Rows& rows) {
                                             if (auto* record = record_of(rows)) record->attributes.push_back({rows.text(1), rows.text(2)});
                                           });
    if (!attributes) return attributes;
    return sql::for_each_listed(db_, "SELECT product_id, kind, other_id FROM product_relation WHERE product_id IN ({}) ORDER BY product_id, position", ids,
                                [this](const sql::Rows& rows) {
                                  if (auto* record = record_of(rows)) record->relations.push_back({rows.text(1), rows.text(2)});
                                });
  }

  Status read_variants(const std::vector<ProductId>& ids) {
    auto variants =
        sql::for_each_listed(db_, "SELECT product_id, id, key, title, price_minor, stock FROM variant WHERE product_id IN ({}) ORDER BY product_id, position",
                             ids, [this](const sql::Rows& rows) {
                               auto* record = record_of(rows);
                               if (record == nullptr) return;
                               places_[rows.integer(1)] = {rows.integer(0), record->variants.size()};
                               record->variants.push_back({rows.text(2), rows.text(3), rows.optional_integer(4), rows.optional_integer(5), {}});
                             });
    if (!variants) return variants;
    return sql::for_each_listed(db_,
                                "SELECT v.product_id, a.variant_id, a.name, a.value FROM variant_attribute a JOIN variant v ON v.id = a.variant_id"
                                " WHERE v.product_id IN ({}) ORDER BY a.variant_id, a.position",
                                ids, [this](const sql::Rows& rows) {
                                  if (auto* variant = variant_of(rows, 1)) variant->attributes.push_back({rows.text(2), rows.text(3)});
                                });
  }

  VariantRecord* variant_of(const sql::Rows& rows, int column) {
    const auto place = rows.is_null(column) ? places_.end() : places_.find(rows.integer(column));
    return place != places_.end() ? &products_[place->second.product].record.variants[place->second.position] : nullptr;
  }

  Status read_pictures(const std::vector<ProductId>& ids) {
    return sql::for_each_listed(db_,
                                "SELECT k.product_id, k.variant_id, c.hash, c.width, c.height, k.source_ref, k.source_size, k.source_mtime_ms"
                                " FROM picture k JOIN content c ON c.id = k.content_id WHERE k.product_id IN ({}) ORDER BY k.product_id, k.position",
                                ids, [this](const sql::Rows& rows) {
                                  auto* record = record_of(rows);
                                  if (record == nullptr) return;
                                  const VariantRecord* variant = variant_of(rows, 1);
                                  record->pictures.push_back({.content_hash = rows.text(2),
                                                              .width = static_cast<int>(rows.integer(3)),
                                                              .height = static_cast<int>(rows.integer(4)),
                                                              .variant_key = variant != nullptr ? variant->key : "",
                                                              .source_ref = rows.text(5),
                                                              .source_size = rows.integer(6),
                                                              .source_mtime_ms = rows.integer(7)});
                                });
  }

  Status read_categories(const std::vector<ProductId>& ids) {
    std::vector<std::pair<int64_t, int64_t>> members;  // product, category
    auto read = sql::for_each_listed(db_, "SELECT product_id, category_id FROM product_category WHERE product_id IN ({}) ORDER BY product_id, category_id", ids,
                                     [&members](const sql::Rows& rows) { members.emplace_back(rows.integer(0), rows.integer(1)); });
    if (!read) return read;
    std::vector<CategoryId> wanted;
    for (const auto& [product, category] : members) wanted.push_back(CategoryId{category});
    auto steps = read_steps(std::move(wanted));
    if (!steps) return propagate(steps);
    for (const auto& [product, category] : members) {
      const auto found = products_.find(product);
      if (found == products_.end()) continue;
      const auto primary = primary_.find(product);
      ProductRecord& record = found->second.record;
      if (primary != primary_.end() && primary->second == category) {
        record.category_path = path_of(*steps, category);
      } else {
        record.other_category_paths.push_back(path_of(*steps, category));
      }
    }
    return {};
  }

  // The categories and all above them, a level a query.
  Result<CategorySteps> read_steps(std::vector<CategoryId> wanted) {
    CategorySteps steps;
    for (int level = 0; !wanted.empty() && level < kStepsMax; ++level) {
      std::vector<CategoryId> above;
      auto read = sql::for_each_listed(db_, "SELECT id, name, COALESCE(parent_id, 0) FROM category WHERE id IN ({})", wanted, [&](const sql::Rows& rows) {
        const CategoryId parent{rows.integer(2)};
        const bool fresh = steps.insert({rows.integer(0), {rows.text(1), parent.value}}).second;
        if (fresh && parent.value != 0 && !steps.contains(parent.value)) above.push_back(parent);
      });
      if (!read) return propagate(read);
      wanted = std::move(above);
    }
    return steps;
  }

  static std::vector<std::string> path_of(const CategorySteps& steps, int64_t category) {
    std::vector<std::string> path;
    for (auto step = steps.find(category); step != steps.end() && path.size() < kStepsMax; step = steps.find(step->second.parent)) {
      path.push_back(step->second.name);
    }
    std::ranges::reverse(path);
    return path;
  }

  struct VariantPlace {
    int64_t product = 0;
    size_t position = 0;
  };
  sql::Connection& db_;
  std::unordered_map<int64_t, StoredProduct> products_;
  std::unordered_map<int64_t, int64_t> primary_;  // product → category
  std::unordered_map<int64_t, VariantPlace> places_;
};

}  // namespace

Result<std::vector<StoredProduct>> Catalog::records(const std::vector<ProductId>& ids) {
  return pool_->read([&](sql::Connection& db) { return RecordReader(db).read(ids); });
}

}  // namespace nozama
