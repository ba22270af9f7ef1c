// Google Vision Product Search's import file, which has no header: docs/feeds/google-vision.md.
#include <array>

#include "feeds/csv_dialects.h"
#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"

namespace nozama {
namespace {

constexpr std::array kColumns = {"image-uri", "image-id",     "product-set-id", "product-id", "product-category", "product-display-name",
                                 "labels",    "bounding-poly"};

void translate(FieldRow& row) {
  constexpr std::string_view kBucket = "gs://";
  std::string picture = take_field(row, "image-uri");
  if (picture.starts_with(kBucket)) picture = "https://storage.googleapis.com/" + picture.substr(kBucket.size());
  const std::string id = take_field(row, "product-id"), title = take_field(row, "product-display-name");
  row.kind = RowKind::kPictures;
  row.scattered = true;
  row.set("id", id);
  row.set("title", title.empty() ? id : title);
  row.set("category", take_field(row, "product-category"));
  row.set("picture", picture);
  take_field(row, "image-id");
  for (const std::string& label : split(take_field(row, "labels"), ',')) {
    const size_t equals = label.find('=');
    if (equals != std::string::npos) row.attributes.push_back({std::string(trim(label.substr(0, equals))), std::string(trim(label.substr(equals + 1)))});
  }
  move_field(row, "product-set-id", "product_set", row.attributes);
  move_field(row, "bounding-poly", "bounding_poly", row.attributes);
}

}  // namespace

std::optional<CsvHeader> vision_columns(const CsvHeader& first_row) {
  constexpr size_t kLeast = 5;  // up to the category
  if (first_row.size() < kLeast || first_row.size() > kColumns.size() || !trim(first_row[0]).starts_with("gs://")) return std::nullopt;
  return CsvHeader(kColumns.begin(), kColumns.begin() + static_cast<std::ptrdiff_t>(first_row.size()));
}

CsvDialect vision_dialect() { return {"google-vision-csv", translate, {}}; }

}  // namespace nozama
