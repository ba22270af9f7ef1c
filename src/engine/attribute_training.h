// Attributes that the catalogue has and a picture shows: a head for each that can be learned.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "engine/training_pictures.h"
#include "model/head_set.h"

namespace nozama {

class Catalog;

// Which attributes to learn, by name; "brand" is the product's brand.
struct AttributeSelection {
  bool all = false;
  std::vector<std::string> names;
  bool must_exist = false;  // a name that the catalogue does not have is a mistake
};

// "all", "none", or names with commas between them. kInvalidArgument "bad_attributes".
Result<AttributeSelection> parse_attribute_selection(std::string_view text);

inline constexpr std::string_view kUsualAttributes = "colour,color,material,pattern,brand";

struct AttributeReport {
  std::string name;
  bool serves = false;
  std::string reason;  // why it does not serve
  int64_t values = 0, products = 0, pictures = 0;
  // Of pictures of products held out; majority_accuracy: had the commonest value always been the answer.
  double accuracy = 0, majority_accuracy = 0, macro_f1 = 0, expected_calibration_error = 0;
};

struct TrainedAttributes {
  std::vector<AttributeHead> heads;      // of those that serve
  std::vector<AttributeReport> reports;  // one for each attribute that was looked at, by name
};

struct AttributeTrainingOptions {
  AttributeSelection selection;
  uint64_t seed = 1;
  size_t threads = 2;
  double lambda = 1e-4;          // of the category head, which sees the same pictures
  size_t products_min = 10;      // of a value, for it to be learned
  size_t values_max = 100;       // the commonest are learned
  size_t pictures_max = 20'000;  // of an attribute; products from all over the catalogue are taken of more
  size_t distinct_max = 20'000;  // values; an attribute with more is text, not a choice
  size_t attributes_max = 64;    // that are looked at
};

// What the catalogue says of one attribute; what a variant says goes before what its product says.
class StatedAttribute {
 public:
  // The first value of a product or variant (0 = the product as a whole) counts.
  void add(int64_t product, int64_t variant, std::string_view value, size_t distinct_max);

  const std::vector<std::string>& values() const { return values_; }
  bool too_many() const { return too_many_; }                              // values: it holds none then
  std::optional<size_t> value_of(int64_t product, int64_t variant) const;  // position in values()

 private:
  std::vector<std::string> values_;
  std::unordered_map<std::string, size_t> position_;
  std::unordered_map<int64_t, size_t> of_product_, of_variant_;
  bool too_many_ = false;
};

using StatedAttributes = std::map<std::string, StatedAttribute>;

// Those selected. kInvalidArgument "unknown_attribute" names what there is.
Result<StatedAttributes> read_attributes(Catalog& catalog, const TrainingPictures& pictures, const AttributeTrainingOptions& options);

using AttributeProgress = std::function<void(int64_t done, int64_t total)>;

// A head serves when, on products held out, it is right more often than the commonest value, and so often that chance explains it less than once in
// a hundred over all attributes looked at (McNemar's test, one picture a product; Bonferroni). kCancelled "cancelled".
Result<TrainedAttributes> train_attributes(const StatedAttributes& stated, const TrainingPictures& pictures, const AttributeTrainingOptions& options,
                                           const AttributeProgress& progress, std::stop_token stop);

}  // namespace nozama
