// What the translations of other dialects into our field names share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feeds/draft_builder.h"

namespace nozama {

// The row's price and currency from a price text of any notation; `currency` is meant where the text names none. What
// cannot be read is set as it is, for the builder to refuse.
void set_price(FieldRow& row, std::string_view text, std::string_view currency);

// The field's trimmed value, which the row then no longer has.
std::string take_field(FieldRow& row, std::string_view name);

// Drops the field, and adds its value, if any, to `attributes` as `attribute`.
void move_field(FieldRow& row, std::string_view name, std::string_view attribute, std::vector<DraftAttribute>& attributes);

// The parts without the spaces around them, without empty ones.
std::vector<std::string> split(std::string_view text, char separator);

// ASCII letters only.
std::string lower_case(std::string_view text);

}  // namespace nozama
