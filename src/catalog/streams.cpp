#include <fmt/format.h>

#include "catalog/internal.h"
#include "catalog/sql_lists.h"

namespace nozama {

namespace {

constexpr size_t kIdsPerQuery = 512;

struct EncoderRow {
  int64_t id = 0;  // 0 = no embedding of it was ever stored
  size_t vector_bytes = 0;
};

Result<EncoderRow> find_encoder(sql::Connection& db, const std::string& encoder_id) {
  EncoderRow encoder;
  sql::Rows rows = sql::query(db, "SELECT id, vector_bytes FROM encoder WHERE name = ?", encoder_id);
  if (rows.next()) encoder = {.id = rows.integer(0), .vector_bytes = static_cast<size_t>(rows.integer(1))};
  if (!rows.ok()) return rows.failure();
  return encoder;
}

Result<int64_t> last_seq(sql::Connection& db) {
  auto seq = sql::query_integer(db, "SELECT last_seq FROM change_counter WHERE id = 1");
  if (!seq) return propagate(seq);
  return seq->value_or(0);
}

// CROSS JOIN keeps SQLite at this order: products by id, so that nothing is sorted with embeddings in it.
constexpr std::string_view kIndexSelect =
    "SELECT p.id, k.id, COALESCE(p.category_id, 0), e.vector, p.price_minor, p.currency, p.stock, p.rating, p.brand,"
    " COALESCE(l.colours, ''), COALESCE(l.duplicate_group, k.content_id), COALESCE(k.variant_id, 0)"
    " FROM product p CROSS JOIN picture k CROSS JOIN embedding e LEFT JOIN content_look l ON l.content_id = e.content_id"
    " WHERE k.product_id = p.id AND e.content_id = k.content_id AND e.encoder_id = ?";
constexpr std::string_view kIndexOrder = " ORDER BY p.id, k.position";

std::unexpected<Error> wrong_length(int64_t picture, size_t bytes, size_t expected) {
  return fail(ErrorCode::kCorrupt, "database_damaged",
              fmt::format("the embedding of picture {} has {} bytes instead of {}; run `nozama doctor`, or restore a backup", picture, bytes, expected));
}

Status feed_index(sql::Rows& rows, const EncoderRow& encoder, const Catalog::IndexCallback& callback) {
  while (rows.next()) {
    IndexRow row{.product = ProductId{rows.integer(0)},
                 .picture = PictureId{rows.integer(1)},
                 .variant = VariantId{rows.integer(11)},
                 .category = CategoryId{rows.integer(2)},
                 .embedding = rows.bytes(3),
                 .price_minor = rows.optional_integer(4),
                 .currency = rows.text_view(5),
                 .stock = rows.optional_integer(6),
                 .rating = rows.optional_real(7),
                 .brand = rows.text_view(8),
                 .colours = colours_from_text(rows.text_view(9)),
                 .duplicate_group = ContentId{rows.integer(10)}};
    if (row.embedding.size() != encoder.vector_bytes) return wrong_length(row.picture.value, row.embedding.size(), encoder.vector_bytes);
    if (auto taken = callback(row); !taken) return taken;
  }
  return rows.status();
}

}  // namespace

Result<int64_t> Catalog::for_each_indexable(const std::string& encoder_id, const IndexCallback& callback) {
  return pool_->read([&](sql::Connection& db) -> Result<int64_t> {
    auto seq = last_seq(db);
    if (!seq) return seq;
    auto encoder = find_encoder(db, encoder_id);
    if (!encoder) return propagate(encoder);
    sql::Rows rows = sql::query(db, fmt::format("{}{}", kIndexSelect, kIndexOrder), encoder->id);
    if (auto fed = feed_index(rows, *encoder, callback); !fed) return propagate(fed);
    return seq;
  });
}

Result<int64_t> Catalog::for_each_indexable(const std::string& encoder_id, const std::vector<ProductId>& products, const IndexCallback& callback) {
  return pool_->read([&](sql::Connection& db) -> Result<int64_t> {
    auto seq = last_seq(db);
    if (!seq) return seq;
    auto encoder = find_encoder(db, encoder_id);
    if (!encoder) return propagate(encoder);
    for (size_t from = 0; from < products.size(); from += kIdsPerQuery) {
      const size_t count = std::min(kIdsPerQuery, products.size() - from);
      std::vector<sql::Value> values{sql::to_value(encoder->id)};
      for (size_t i = 0; i < sql::padded_count(count); ++i) values.push_back(sql::to_value(products[from + std::min(i, count - 1)]));
      const std::string statement = fmt::format("{} AND p.id IN ({}){}", kIndexSelect, sql::placeholders(values.size() - 1), kIndexOrder);
      sql::Rows rows = sql::query_list(db, statement, values);
      if (auto fed = feed_index(rows, *encoder, callback); !fed) return propagate(fed);
    }
    return seq;
  });
}

Status Catalog::for_each_attribute(const AttributeCallback& callback) {
  // In the order of the tables' keys: nothing is sorted.
  constexpr std::string_view kSelects[] = {
      "SELECT product_id, 0, name, value FROM product_attribute ORDER BY product_id, position",
      "SELECT v.product_id, v.id, a.name, a.value FROM variant_attribute a CROSS JOIN variant v WHERE v.id = a.variant_id ORDER BY a.variant_id, a.position"};
  return pool_->read([&](sql::Connection& db) -> Status {
    for (const std::string_view select : kSelects) {
      sql::Rows rows = sql::query(db, select);
      while (rows.next()) {
        const AttributeRow row{
            .product = ProductId{rows.integer(0)}, .variant = VariantId{rows.integer(1)}, .name = rows.text_view(2), .value = rows.text_view(3)};
        if (auto taken = callback(row); !taken) return taken;
      }
      if (auto read = rows.status(); !read) return read;
    }
    return {};
  });
}

Status Catalog::for_each_keyword(const std::vector<ProductId>& products, const KeywordCallback& callback) {
  constexpr std::string_view kSelects[] = {
      "SELECT m.product_id, '', c.slug FROM product_category m CROSS JOIN category c WHERE c.id = m.category_id AND m.product_id IN ({}) ORDER BY m.product_id",
      "SELECT product_id, name, value FROM product_attribute WHERE product_id IN ({}) ORDER BY product_id, position",
      "SELECT v.product_id, a.name, a.value FROM variant v CROSS JOIN variant_attribute a WHERE a.variant_id = v.id AND v.product_id IN ({})"
      " ORDER BY v.product_id, v.position, a.position"};
  return pool_->read([&](sql::Connection& db) -> Status {
    for (size_t from = 0; from < products.size(); from += kIdsPerQuery) {
      const size_t count = std::min(kIdsPerQuery, products.size() - from);
      std::vector<sql::Value> ids;
      for (size_t i = 0; i < sql::padded_count(count); ++i) ids.push_back(sql::to_value(products[from + std::min(i, count - 1)]));
      for (const std::string_view& select : kSelects) {
        sql::Rows rows = sql::query_list(db, fmt::format(fmt::runtime(select), sql::placeholders(ids.size())), ids);
        while (rows.next()) {
          const KeywordRow row{
              .product = ProductId{rows.integer(0)}, .is_category = &select == kSelects, .name = rows.text_view(1), .value = rows.text_view(2)};
          if (auto taken = callback(row); !taken) return taken;
        }
        if (auto read = rows.status(); !read) return read;
      }
    }
    return {};
  });
}

}  // namespace nozama
