// What the catalogue stores and answers: plain values, no behaviour, no SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/index_rows.h"
#include "catalog/looks.h"
#include "catalog/signals.h"

namespace nozama {

struct Attribute {
  std::string name;
  std::string value;
  bool operator==(const Attribute&) const = default;
};

struct LocalizedText {
  std::string lang;  // BCP 47, lower case ("en", "pt-br"); "" = the feed did not say
  std::string title;
  std::string description;
};

struct LocalizedName {
  std::string lang;
  std::string name;
};

struct VariantRecord {
  std::string key;  // unique within the product; stable across imports
  std::string title;
  std::optional<int64_t> price_minor;  // absent = the product's
  std::optional<int64_t> stock;        // absent = unknown, counted as available
  std::vector<Attribute> attributes;   // colour, material …
};

struct PictureRecord {
  std::string content_hash;  // content_hash() of the file's bytes
  int width = 0, height = 0;
  std::string variant_key;  // "" = the product as a whole
  std::string source_ref;   // where it was read: absolute path or URL; "" = not from outside, and of a picture that is stored: as it is
  int64_t source_size = 0;
  int64_t source_mtime_ms = 0;
};

// One product as a feed describes it, whole: what is absent here is removed from the catalogue.
struct ProductRecord {
  std::string external_id;  // the shop's own id, the product's identity
  std::vector<LocalizedText> texts;
  std::string brand;
  std::optional<int64_t> price_minor;
  std::string currency;          // ISO 4217, upper case; needed when there is a price
  std::optional<int64_t> stock;  // absent = unknown, counted as available
  std::optional<double> rating;  // 0..5
  int64_t rating_count = 0;
  std::string url;
  std::vector<std::string> category_path;  // root first; empty = none. Categories are made as needed
  std::vector<std::vector<std::string>> other_category_paths;
  std::vector<VariantRecord> variants;  // the first is the default; empty when there is just one
  std::vector<PictureRecord> pictures;  // in order; the first is the default
  std::vector<Attribute> attributes;    // every column of the feed that has no field of its own, in order
  std::vector<RelationRecord> relations;
  int64_t source_line = 0;  // where the feed has it, for error reports; not stored
  std::string replaces;     // digest of the stored product that this is a change of; "none" = it must be new, "" = of whatever is stored
};

// A product as it is stored.
struct StoredProduct {
  ProductId id;
  ProductRecord record;
  std::string digest;  // of the record; another one as soon as anything of it changes
};

struct EmbeddingRecord {
  std::string content_hash;
  std::vector<std::byte> half_bytes;  // encode_half() of the encoder's output
  std::optional<PictureLook> look;    // stored where the picture has none yet
};

enum class UpsertKind { kCreated, kUpdated, kUnchanged, kRejected };

struct UpsertOutcome {
  UpsertKind kind = UpsertKind::kUnchanged;
  ProductId id = {};
  Error error = {};  // of a rejected record: what is wrong with it
};

struct ProductCard {
  ProductId id;
  std::string external_id;
  std::string title;  // in the language asked for, else its base language, English, the unnamed one, any
  std::optional<int64_t> price_minor;
  std::string currency;
  std::string brand;
  std::string category_slug;  // of the primary category; "" = none
  std::string category_name;
  std::optional<double> rating;
  int64_t rating_count = 0;
  bool in_stock = true;
  std::string picture_hash;           // of the default picture; "" = none
  std::string url;                    // in the shop's own site; may be ""
  std::vector<ColourRecord> colours;  // of the first picture that has a look; empty = none known
};

struct CategoryRef {
  std::string slug, name;
};

struct VariantDetails {
  VariantId id;
  std::string key;
  std::string title;
  std::optional<int64_t> price_minor;  // the product's where the variant has none
  bool in_stock = true;
  std::vector<Attribute> attributes;
};

struct PictureDetails {
  PictureId id;
  std::string content_hash;
  int width = 0, height = 0;
  std::string variant_key;
  std::string source_ref;
};

struct ProductDetails {
  ProductCard card;
  std::string description;
  std::optional<int64_t> stock;
  std::vector<CategoryRef> breadcrumbs;  // root first, the primary category last
  std::vector<VariantDetails> variants;
  std::vector<PictureDetails> pictures;
  std::vector<Attribute> attributes;
};

enum class ProductSort { kDefault, kPriceAscending, kPriceDescending, kRating };  // default: order of arrival

enum class OutOfStock { kShown, kHidden, kLast };  // products whose stock is 0

struct ProductListQuery {
  std::string category = {};  // slug, its descendants included; "" = all
  std::string text = {};      // words of Catalog::search_text()
  std::string after = {};     // ProductPage::next of the page before; "" = from the start
  ProductSort sort = ProductSort::kDefault;
  int limit = 30;
  int64_t offset = 0;
  std::string lang = "en";
  std::vector<ProductId> exclude = {};           // products to leave out
  std::optional<std::vector<ProductId>> only;    // no others than these
  OutOfStock out_of_stock = OutOfStock::kShown;  // kLast: in the default sort
};

struct ProductPage {
  std::vector<ProductCard> products;
  int64_t total = 0;
  std::string next;  // ProductListQuery::after of the next page; "" = this was the last
};

struct CategoryNode {
  CategoryId id;
  CategoryId parent;  // {0} = a root
  std::string slug;
  std::string name;
  std::string parent_slug;  // "" = a root
  int depth = 0;
  int64_t product_count = 0;  // distinct products, descendants included
  std::string picture_hash;   // of one of its products; "" = none
};

// A picture file as the file system shows it, before it is read.
struct SourceKey {
  std::string source_ref;
  int64_t size = 0;
  int64_t mtime_ms = 0;
};

struct KnownPicture {
  std::string content_hash;
  int width = 0, height = 0;
  bool embedded = false;  // has an embedding of the encoder asked about, and a look
};

struct CatalogStats {
  int64_t products = 0, variants = 0, pictures = 0, distinct_pictures = 0, categories = 0, embeddings = 0;
  int64_t change_seq = 0, change_floor = 0;
  int64_t file_bytes = 0;
};

}  // namespace nozama
