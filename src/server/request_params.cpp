#include "server/request_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/number.h"
#include "server/multipart.h"
#include "server/utf8.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kShownBytes = 60;
constexpr size_t kFieldsMax = 64;  // far more than any endpoint has; looking fields up is linear

// For messages: at most kShownBytes, and only printable ASCII, so that a message is always valid text.
std::string shown(std::string_view value) {
  std::string text;
  for (const char c : value.substr(0, kShownBytes)) text += c >= ' ' && c <= '~' ? c : '?';
  if (value.size() > kShownBytes) text += "…";
  return text;
}

}  // namespace

RequestParams::Field& RequestParams::field_for(std::string_view name) {
  if (name.ends_with("[]")) name.remove_suffix(2);
  const auto found = std::ranges::find(fields_, name, &Field::name);
  if (found != fields_.end()) return *found;
  if (fields_.size() == kFieldsMax) {
    refuse({ErrorCode::kInvalidArgument, "unknown_parameter", fmt::format("there are more than {} different parameters", kFieldsMax)});
    return fields_.back();
  }
  return fields_.emplace_back(Field{.name = std::string(name), .values = {}});
}

RequestParams RequestParams::from_query(const std::vector<NameValue>& query) {
  RequestParams params;
  for (const auto& [name, value] : query) params.field_for(name).values.push_back({Kind::kUntyped, value});
  return params;
}

Result<RequestParams> RequestParams::from_json(std::string_view body) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  const json::value root = json::parse(body, error, {}, options);
  if (error) return fail(ErrorCode::kInvalidArgument, "bad_json", fmt::format("the body is not valid JSON: {}", error.message()));
  const json::object* object = root.if_object();
  if (object == nullptr) return fail(ErrorCode::kInvalidArgument, "bad_json", "the body must be a JSON object");

  const auto scalar = [](const json::value& value) -> std::optional<Value> {
    if (value.is_string()) return Value{Kind::kString, std::string(value.get_string())};
    if (value.is_bool()) return Value{Kind::kBoolean, value.get_bool() ? "true" : "false"};
    if (value.is_number()) return Value{Kind::kNumber, value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value)};
    return std::nullopt;
  };
  RequestParams params;
  for (const auto& [key, value] : *object) {
    if (value.is_null()) continue;
    Field& field = params.field_for(std::string_view(key.data(), key.size()));
    if (const json::array* list = value.if_array()) {
      field.is_list = true;
      for (const json::value& item : *list) {
        const auto converted = scalar(item);
        if (!converted) return fail(ErrorCode::kInvalidArgument, "bad_json", fmt::format("the list '{}' must have plain values", shown(field.name)));
        field.values.push_back(*converted);
      }
    } else if (const auto converted = scalar(value)) {
      field.values.push_back(*converted);
    } else {
      return fail(ErrorCode::kInvalidArgument, "bad_json", fmt::format("the member '{}' must be a plain value or a list of them", shown(field.name)));
    }
  }
  return params;
}

RequestParams RequestParams::from_multipart(const std::vector<MultipartPart>& parts, const std::vector<std::string_view>& file_fields) {
  RequestParams params;
  for (const MultipartPart& part : parts) {
    const bool wants_file = std::ranges::find(file_fields, part.name) != file_fields.end();
    if (!wants_file) {
      params.field_for(part.name).values.push_back({Kind::kUntyped, std::string(part.body)});
    } else if (std::ranges::find(params.files_, part.name, &std::pair<std::string, std::string_view>::first) != params.files_.end()) {
      params.refuse({ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("'{}' was sent twice; one picture a request", part.name)});
    } else {
      params.files_.emplace_back(part.name, part.body);
    }
  }
  return params;
}

RequestParams::Field* RequestParams::use(std::string_view name) {
  const auto found = std::ranges::find(fields_, name, &Field::name);
  if (found == fields_.end()) return nullptr;
  found->used = true;
  return &*found;
}

void RequestParams::refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

void RequestParams::refuse_value(std::string_view name, std::string_view value, std::string_view expected) {
  refuse({ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("'{}' is '{}', but must be {}", name, shown(value), expected)});
}

const RequestParams::Value* RequestParams::single(std::string_view name) {
  const Field* field = use(name);
  if (field == nullptr) return nullptr;
  if (field->values.size() == 1 && !field->is_list) return &field->values.front();
  refuse({ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("'{}' must be given once, not as a list", name)});
  return nullptr;
}

std::optional<int64_t> RequestParams::integer(std::string_view name, int64_t min, int64_t max) {
  const Value* value = single(name);
  if (value == nullptr) return std::nullopt;
  const bool readable = value->kind == Kind::kUntyped || value->kind == Kind::kNumber;
  const auto number = readable ? parse_number<int64_t>(value->text) : std::nullopt;
  if (number && *number >= min && *number <= max) return number;
  refuse_value(name, value->text, fmt::format("a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<double> RequestParams::number(std::string_view name, double min, double max) {
  const Value* value = single(name);
  if (value == nullptr) return std::nullopt;
  const bool readable = value->kind == Kind::kUntyped || value->kind == Kind::kNumber;
  const auto number = readable ? parse_number<double>(value->text) : std::nullopt;
  if (number && *number >= min && *number <= max) return number;  // NaN fails both
  refuse_value(name, value->text, fmt::format("a number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<bool> RequestParams::boolean(std::string_view name) {
  const Value* value = single(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Kind::kString && value->text == "true") return true;
  if (value->kind != Kind::kString && value->text == "false") return false;
  refuse_value(name, value->text, "true or false");
  return std::nullopt;
}

std::optional<std::string> RequestParams::text(std::string_view name, size_t bytes_max) {
  const Value* value = single(name);
  if (value == nullptr) return std::nullopt;
  const bool is_text = value->kind == Kind::kUntyped || value->kind == Kind::kString;
  if (is_text && !value->text.empty() && value->text.size() <= bytes_max && is_valid_utf8(value->text)) return value->text;
  refuse_value(name, value->text, fmt::format("a text of 1 to {} bytes in UTF-8", bytes_max));
  return std::nullopt;
}

std::optional<std::string> RequestParams::choice(std::string_view name, const std::vector<std::string_view>& choices) {
  const Value* value = single(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Kind::kNumber && std::ranges::find(choices, value->text) != choices.end()) return value->text;
  refuse_value(name, value->text, fmt::format("one of {}", fmt::join(choices, ", ")));
  return std::nullopt;
}

std::vector<std::string> RequestParams::text_list(std::string_view name, size_t count_max, size_t bytes_max) {
  std::vector<std::string> items;
  const Field* field = use(name);
  if (field == nullptr) return items;
  if (field->values.size() > count_max) {
    refuse(
        {ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("'{}' has {} values, but at most {} are allowed", name, field->values.size(), count_max)});
    return items;
  }
  for (const Value& value : field->values) {
    const bool is_text = value.kind == Kind::kUntyped || value.kind == Kind::kString;
    if (!is_text || value.text.empty() || value.text.size() > bytes_max || !is_valid_utf8(value.text)) {
      refuse_value(name, value.text, fmt::format("a list of texts of 1 to {} bytes in UTF-8", bytes_max));
      return {};
    }
    items.push_back(value.text);
  }
  return items;
}

std::vector<FacetRequest> read_facets(RequestParams& params) {
  constexpr size_t kFacetBytesMax = 2000;
  std::vector<FacetRequest> requests;
  for (const std::string& item : params.text_list("facets", kFacetsMax, kFacetBytesMax)) {
    auto parsed = parse_facets(item);
    if (!parsed) params.refuse(parsed.error());
    if (parsed) std::ranges::move(*parsed, std::back_inserter(requests));
  }
  return requests;
}

std::optional<std::string_view> RequestParams::file(std::string_view name) {
  used_files_.emplace_back(name);
  const auto found = std::ranges::find(files_, name, &std::pair<std::string, std::string_view>::first);
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

bool RequestParams::has(std::string_view name) const {
  return std::ranges::find(fields_, name, &Field::name) != fields_.end() ||
         std::ranges::find(files_, name, &std::pair<std::string, std::string_view>::first) != files_.end();
}

Status RequestParams::finish() const {
  for (const Field& field : fields_) {
    if (!field.used) return fail(ErrorCode::kInvalidArgument, "unknown_parameter", fmt::format("there is no parameter '{}' here", shown(field.name)));
  }
  for (const auto& [name, body] : files_) {
    if (std::ranges::find(used_files_, name) == used_files_.end()) {
      return fail(ErrorCode::kInvalidArgument, "unknown_parameter", fmt::format("there is no file '{}' here", shown(name)));
    }
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace nozama
