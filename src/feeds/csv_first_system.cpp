// `<Label>_downloaded.csv`: asin, title, price, imUrl, brand, rating, related, salesRank, categories, description, timestamp,
// imUrl_local. The label is the category. Columns without a field of ours become attributes under their own names.
#include <algorithm>
#include <array>

#include "feeds/csv_dialects.h"

namespace nozama {
namespace {

constexpr std::string_view kSuffix = "_downloaded.csv";

void translate(FieldRow& row, const std::string& label) {
  constexpr std::array kRenamed = {std::pair{"asin", "id"}, std::pair{"imUrl_local", "picture"}};
  for (auto& [name, value] : row.fields) {
    if (value == "nan" || value == "NaN" || value == "None") value.clear();  // how its tools wrote "nothing"
    for (const auto& [theirs, ours] : kRenamed) {
      if (name == theirs) name = ours;
    }
  }
  if (!row.get("price").empty()) row.set("currency", "USD");
  if (row.get("title").empty()) row.set("title", std::string(row.get("id")));
  row.set("category", label);
}

}  // namespace

std::optional<CsvDialect> first_system_dialect(const CsvHeader& header, std::string_view file) {
  if (!file.ends_with(kSuffix) || !has_column(header, "asin")) return std::nullopt;
  std::string label(file.substr(0, file.size() - kSuffix.size()));
  std::replace(label.begin(), label.end(), '_', ' ');
  return CsvDialect{"first-system-csv", [label](FieldRow& row) { translate(row, label); }, {}};
}

}  // namespace nozama
