// Products as a merchant's program writes them: through the import's own steps, committed and searchable when a call returns.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "feeds/draft.h"

namespace nozama {

class Workspace;

// What became of one product. Pictures that could not be had are left out, with why; the product is stored all the same, as by an import.
struct ProductEdit {
  std::string id;
  UpsertKind kind = UpsertKind::kUnchanged;
  Error error = {};  // of kRejected
  std::vector<Error> picture_errors;
};

// What an edit beside batches brings.
struct PictureEdit {
  std::string content_hash;
  int width = 0, height = 0;
};

// Thread-safe, and safe beside imports and other servers on the same catalogue. Errors of every call beside the catalogue's: kCancelled, and
// then nothing is stored.
class ProductEdits {
 public:
  // Pictures of one batch, fetched and encoded at once.
  static constexpr size_t kPicturesAtOnce = 64;

  // `show` makes what is committed searchable here.
  ProductEdits(Workspace& workspace, std::function<Status()> show) : workspace_(workspace), show_(std::move(show)) {}

  // Each as if it were the only one, all in one transaction; in their order. Pictures are named by URL or by nozama:HASH.
  Result<std::vector<ProductEdit>> put(const std::vector<ProductDraft>& drafts, const std::stop_token& stop);
  // One that the shop does not have yet. kConflict "product_exists".
  Result<ProductEdit> create(const ProductDraft& draft, const std::stop_token& stop);

  // Changes the members that `patch` names (feeds/product_json.h), of that version only unless it is "". kNotFound "unknown_product";
  // kConflict "product_changed" for another version, "changed_meanwhile" when others change the product without end.
  Result<ProductEdit> patch(const std::string& id, std::string_view patch, const std::string& version, const std::stop_token& stop);

  // kNotFound "unknown_product".
  Result<StoredProduct> stored(const std::string& id);

  // kNotFound "unknown_product".
  Status remove(const std::string& id);

  // After the pictures that the product has; one that it has already stays where it is. `variant_key` "" = of the product as a whole.
  // kNotFound "unknown_product", and the errors of decode_image().
  Result<PictureEdit> add_picture(const std::string& id, std::span<const std::byte> bytes, const std::string& variant_key, const std::stop_token& stop);

  // kNotFound "unknown_product", "unknown_picture".
  Status remove_picture(const std::string& id, const std::string& content_hash, const std::stop_token& stop);

 private:
  using Change = std::function<Status(ProductRecord&)>;
  Result<std::vector<UpsertOutcome>> commit(ProductBatch& batch, const std::vector<SourceVersion>& versions, const std::stop_token& stop);
  Result<std::vector<ProductEdit>> put_instead(const std::vector<ProductDraft>& drafts, const std::string& replaces, const std::stop_token& stop);
  Status change(const std::string& id, const std::stop_token& stop, ProductBatch& batch, const Change& apply);

  Workspace& workspace_;
  std::function<Status()> show_;
};

}  // namespace nozama
