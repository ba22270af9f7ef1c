// Fields of a manifest in JSON, read strictly. Only for the files that read manifests: what does not fit is thrown, and caught there.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace nozama::manifest_fields {

namespace json = boost::json;

// A value that does not fit the manifest's form; it does not leave the file that reads it.
struct Misfit {
  std::string what;
};

inline const json::value& member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) throw Misfit{fmt::format("'{}' is missing", name)};
  return *value;
}

inline const json::object& object_member(const json::object& object, std::string_view name) {
  const json::object* value = member(object, name).if_object();
  if (value == nullptr) throw Misfit{fmt::format("'{}' is not an object", name)};
  return *value;
}

inline std::string text_member(const json::object& object, std::string_view name) {
  const json::string* value = member(object, name).if_string();
  if (value == nullptr || value->empty()) throw Misfit{fmt::format("'{}' is not a text", name)};
  return std::string(*value);
}

inline int64_t number_member(const json::object& object, std::string_view name, int64_t least, int64_t most) {
  const int64_t* value = member(object, name).if_int64();
  if (value == nullptr || *value < least || *value > most) throw Misfit{fmt::format("'{}' is not a whole number from {} to {}", name, least, most)};
  return *value;
}

inline void require_text(const json::object& object, std::string_view name, std::string_view expected) {
  if (text_member(object, name) != expected) throw Misfit{fmt::format("'{}' is '{}'; this program reads only '{}'", name, text_member(object, name), expected)};
}

inline std::string file_name_member(const json::object& object, std::string_view name) {
  std::string value = text_member(object, name);
  if (value.find('/') != std::string::npos || value.starts_with('.')) throw Misfit{fmt::format("'{}' is not a plain file name", value)};
  return value;
}

}  // namespace nozama::manifest_fields
