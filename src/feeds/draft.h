// A product as a feed tells of it, before the catalogue has seen it. The same for every dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

struct DraftText {
  std::string lang;  // "" = the feed did not say
  std::string title;
  std::string description;
};

struct DraftAttribute {
  std::string name;
  std::string value;
};

struct DraftVariant {
  std::string key;
  std::string title;
  std::optional<std::string> price;  // as DraftProduct::price
  std::optional<int64_t> stock;
  std::vector<DraftAttribute> attributes;
};

struct DraftPicture {
  std::string reference;    // a path relative to the feed's folder, an absolute path, or a URL
  std::string variant_key;  // "" = the product as a whole
};

// Another product that shoppers meet with this one. Its place in the list is its rank.
struct DraftRelation {
  std::string kind;      // "also_bought", "also_viewed", "bought_together", "viewed_then_bought", "similar"
  std::string other_id;  // external id; the feed may not have that product
};

struct ProductDraft {
  int64_t line = 0;  // where it begins in the feed, from 1; 0 = a folder
  std::string external_id;
  std::vector<DraftText> texts;
  std::string brand;
  std::optional<std::string> price;  // a plain decimal in major units, checked: "12.50"
  std::string currency;
  std::optional<int64_t> stock;
  std::optional<double> rating;
  int64_t rating_count = 0;
  std::string url;
  std::vector<std::string> category_path;  // root first
  std::vector<std::vector<std::string>> other_category_paths;
  std::vector<DraftVariant> variants;  // empty when there is just one
  std::vector<DraftPicture> pictures;
  std::vector<DraftAttribute> attributes;  // every column without a field of its own
  std::vector<DraftRelation> relations;
};

// What a shopper did with a product.
struct EventDraft {
  int64_t line = 0;
  std::string kind;  // "review"
  std::string product_id, actor_id;
  double value = 0;     // of a review: its stars
  int64_t time_ms = 0;  // since 1970
};

// Numbers that another program computed of a product's picture.
struct FeatureDraft {
  int64_t line = 0;  // of its record, from 1
  std::string product_id;
  std::vector<float> values;
};

// A row that cannot be used. Reading goes on after it.
struct RowError {
  int64_t line = 0;
  Error error;  // its message names file and line
};

}  // namespace nozama
