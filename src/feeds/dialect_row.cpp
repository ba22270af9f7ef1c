#include "feeds/dialect_row.h"

#include <algorithm>

#include "feeds/csv_parser.h"
#include "feeds/money_text.h"

namespace nozama {

void set_price(FieldRow& row, std::string_view text, std::string_view currency) {
  if (trim(text).empty()) return;
  const auto money = read_money(text);
  row.set("price", money ? money->amount : std::string(text));
  row.set("currency", money && !money->currency.empty() ? money->currency : std::string(currency));
}

std::string take_field(FieldRow& row, std::string_view name) {
  std::string value(row.get(name));
  std::erase_if(row.fields, [&](const auto& field) { return field.first == name; });
  return value;
}

void move_field(FieldRow& row, std::string_view name, std::string_view attribute, std::vector<DraftAttribute>& attributes) {
  std::string value = take_field(row, name);
  if (!value.empty()) attributes.push_back({std::string(attribute), std::move(value)});
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (!trim(text.substr(0, end)).empty()) parts.emplace_back(trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace nozama
