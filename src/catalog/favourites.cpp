#include "catalog/favourites.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/validation.h"

namespace nozama {

FavouriteStore::FavouriteStore(Catalog& catalog) : pool_(catalog.pool()) {}

Status FavouriteStore::add(AccountId account, const std::string& product_id) {
  const auto unknown = [&] { return fail(ErrorCode::kNotFound, "unknown_product", fmt::format("there is no product '{}'", product_id)); };
  if (!is_clean_line(product_id)) return unknown();  // a server takes no such text
  return pool_.write([&](sql::Connection& db) -> Status {
    auto product = sql::query_integer(db, "SELECT id FROM product WHERE external_id = ?", product_id);
    if (!product) return propagate(product);
    if (!*product) return unknown();
    auto others = sql::query_integer(db, "SELECT COUNT(*) FROM favourite WHERE account_id = ? AND product <> ?", account, product_id);
    if (!others) return propagate(others);
    if (others->value_or(0) >= kFavouritesMax) {
      return fail(ErrorCode::kConflict, "too_many_favourites", fmt::format("an account keeps at most {} favourites: remove one first", kFavouritesMax));
    }
    return sql::execute(db, "INSERT INTO favourite (account_id, product, added_ms) VALUES (?, ?, ?) ON CONFLICT (account_id, product) DO NOTHING", account,
                        product_id, unix_time_ms());
  });
}

Status FavouriteStore::remove(AccountId account, const std::string& product_id) {
  if (!is_clean_line(product_id)) return {};
  return pool_.write([&](sql::Connection& db) { return sql::execute(db, "DELETE FROM favourite WHERE account_id = ? AND product = ?", account, product_id); });
}

Result<std::vector<ProductCard>> FavouriteStore::list(AccountId account, const std::string& lang) {
  return pool_.read([&](sql::Connection& db) -> Result<std::vector<ProductCard>> {
    std::vector<ProductId> ids;
    {
      sql::Rows rows = sql::query(db,
                                  "SELECT p.id FROM favourite f JOIN product p ON p.external_id = f.product WHERE f.account_id = ?"
                                  " ORDER BY f.added_ms DESC, f.product",
                                  account);
      while (rows.next()) ids.push_back(ProductId{rows.integer(0)});
      if (!rows.ok()) return rows.failure();
    }
    return select_cards(db, ids, lang);
  });
}

Result<std::vector<std::string>> FavouriteStore::ids(AccountId account) {
  return pool_.read([&](sql::Connection& db) -> Result<std::vector<std::string>> {
    std::vector<std::string> ids;
    sql::Rows rows = sql::query(db, "SELECT product FROM favourite WHERE account_id = ? ORDER BY added_ms DESC, product", account);
    while (rows.next()) ids.push_back(rows.text(0));
    if (!rows.ok()) return rows.failure();
    return ids;
  });
}

}  // namespace nozama
