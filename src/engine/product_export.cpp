#include "engine/product_export.h"

#include "catalog/catalog.h"
#include "engine/import_records.h"
#include "feeds/product_json.h"

namespace nozama {
namespace {

constexpr int kProductsAtOnce = 200;

}  // namespace

Result<std::string> ProductExport::next() {
  std::string lines;
  while (lines.empty()) {
    const auto keys = catalog_.product_keys(last_, kProductsAtOnce);
    if (!keys) return propagate(keys);
    if (keys->empty()) return lines;
    std::vector<ProductId> ids;
    for (const ProductKey& key : *keys) ids.push_back(key.id);
    last_ = ids.back();
    const auto products = catalog_.records(ids);
    if (!products) return propagate(products);
    for (const StoredProduct& product : *products) lines += draft_json(draft_of(product.record, PictureNames::kSource)) + "\n";
  }
  return lines;
}

}  // namespace nozama
