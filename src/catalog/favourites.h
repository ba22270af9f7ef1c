// What signed-in shoppers have marked.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/accounts.h"
#include "catalog/records.h"

namespace nozama {

inline constexpr int64_t kFavouritesMax = 500;  // of one account

// Thread-safe, beside the catalogue's own calls and in its database; errors as Catalog's.
class FavouriteStore {
 public:
  explicit FavouriteStore(Catalog& catalog);

  // To one that is there already changes nothing. kNotFound "unknown_product"; kConflict "too_many_favourites".
  Status add(AccountId account, const std::string& product_id);
  Status remove(AccountId account, const std::string& product_id);
  // Newest first. A product that is gone does not appear, and does again when it comes back.
  Result<std::vector<ProductCard>> list(AccountId account, const std::string& lang);
  // External ids, newest first, of products that are gone too.
  Result<std::vector<std::string>> ids(AccountId account);

 private:
  sql::Pool& pool_;
};

}  // namespace nozama
