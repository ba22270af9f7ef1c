#include "server/json_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "server/utf8.h"

namespace nozama {
namespace {

namespace json = boost::json;

void write(std::string& out, const json::value& value) {
  if (const json::object* object = value.if_object()) {
    char separator = '{';
    for (const auto& [key, member] : *object) {
      out += separator;
      out += json::serialize(key);
      out += ':';
      write(out, member);
      separator = ',';
    }
    out += object->empty() ? "{}" : "}";
  } else if (const json::array* array = value.if_array()) {
    char separator = '[';
    for (const json::value& item : *array) {
      out += separator;
      write(out, item);
      separator = ',';
    }
    out += array->empty() ? "[]" : "]";
  } else if (const double* number = value.if_double()) {
    out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

boost::json::string json_text(std::string_view value) {
  if (is_valid_utf8(value)) return boost::json::string(value.data(), value.size());
  const std::string mended = mended_utf8(value);
  return boost::json::string(mended.data(), mended.size());
}

std::string json_serialized(const json::value& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace nozama
