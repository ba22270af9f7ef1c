// Statements with a list of values: `WHERE id IN (…)`.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/sql.h"

namespace nozama::sql {

// "?,?,?" for an IN list; `each` may be a row, "(?,?)". Lists are padded to a power of two by repeating the last value, so that the
// statement cache holds a handful of lengths.
std::string placeholders(size_t count, std::string_view each = "?");
size_t padded_count(size_t count);
// The statement with `count` placeholders in the place of its {}.
std::string with_list(std::string_view statement, size_t count);

// Runs `statement`, which has one {} for a list of values, for as many of `keys` at a time as a list holds; `take(const Rows&)` gets each row.
template <class Key, class Take>
Status for_each_listed(Connection& db, std::string_view statement, const std::vector<Key>& keys, Take take) {
  constexpr size_t kKeysMax = 512;
  for (size_t from = 0; from < keys.size(); from += kKeysMax) {
    const size_t count = std::min(kKeysMax, keys.size() - from);
    std::vector<Value> values;
    for (size_t i = 0; i < padded_count(count); ++i) values.push_back(to_value(keys[from + std::min(i, count - 1)]));
    Rows rows = query_list(db, with_list(statement, values.size()), values);
    while (rows.next()) take(rows);
    if (!rows.ok()) return rows.status();
  }
  return {};
}

// A pattern of `LIKE ? ESCAPE '!'` that has the text anywhere.
inline std::string containing(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + '%';
}

}  // namespace nozama::sql
