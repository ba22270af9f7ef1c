// CSV files of others: which columns tell them, and what a row of theirs is in our field names. Internal to the module.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/draft_builder.h"
#include "feeds/reader.h"

namespace nozama {

struct CsvDialect {
  std::string_view name;
  std::function<void(FieldRow&)> translate;  // in feed order; may remember earlier rows
  std::vector<std::string> required;         // columns, by the header's own names
};

using CsvHeader = std::vector<std::string>;

bool has_column(const CsvHeader& header, std::string_view name);

// Each is nullopt when the columns are not those of the dialect.
std::optional<CsvDialect> first_system_dialect(const CsvHeader& header, std::string_view file);
std::optional<CsvDialect> merchant_dialect(const CsvHeader& header, char separator);
std::optional<CsvDialect> shopify_dialect(const CsvHeader& header, const FeedOptions& options);
std::optional<CsvDialect> woocommerce_dialect(const CsvHeader& header, const FeedOptions& options);

// Files without a header: the first row is told by what it holds. The columns' names, or nullopt.
std::optional<CsvHeader> vision_columns(const CsvHeader& first_row);
CsvDialect vision_dialect();

}  // namespace nozama
