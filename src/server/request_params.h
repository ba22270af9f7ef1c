// Typed reading of a request's fields, whether they came as a query, as multipart parts or as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "index/facets.h"
#include "server/http.h"

namespace nozama {

struct MultipartPart;

// Read every known field, then call finish(). The first bad value is remembered and answered there, and so is a field
// that nobody read: code "bad_parameter" (the message names field, value and range) or "unknown_parameter".
class RequestParams {
 public:
  static RequestParams from_query(const std::vector<NameValue>& query);

  // An object whose members are strings, numbers, booleans or lists of strings; null is as if absent.
  // kInvalidArgument "bad_json" for anything else.
  static Result<RequestParams> from_json(std::string_view body);

  // Text parts become fields. File parts must be named in `file_fields`, at most one each; file() gives them.
  static RequestParams from_multipart(const std::vector<MultipartPart>& parts, const std::vector<std::string_view>& file_fields);

  std::optional<int64_t> integer(std::string_view name, int64_t min, int64_t max);
  std::optional<double> number(std::string_view name, double min, double max);
  std::optional<bool> boolean(std::string_view name);
  // Refuses an empty text, text that is not UTF-8 and more than bytes_max bytes.
  std::optional<std::string> text(std::string_view name, size_t bytes_max);
  // One of `choices`.
  std::optional<std::string> choice(std::string_view name, const std::vector<std::string_view>& choices);
  // A field given several times, or a JSON list. As in many clients, "name[]" is the same field.
  std::vector<std::string> text_list(std::string_view name, size_t count_max, size_t bytes_max);
  std::optional<std::string_view> file(std::string_view name);

  bool has(std::string_view name) const;

  // For rules across fields: remembered unless an error is already there.
  void refuse(Error error);

  Status finish() const;

 private:
  enum class Kind { kUntyped, kString, kNumber, kBoolean };  // kUntyped: a text of a query or form, read as what is asked
  struct Value {
    Kind kind = Kind::kUntyped;
    std::string text;
  };
  struct Field {
    std::string name;
    std::vector<Value> values;
    bool is_list = false;  // a JSON list
    bool used = false;
  };

  Field& field_for(std::string_view name);
  Field* use(std::string_view name);
  const Value* single(std::string_view name);
  void refuse_value(std::string_view name, std::string_view value, std::string_view expected);

  std::vector<Field> fields_;
  std::vector<std::pair<std::string, std::string_view>> files_;
  std::vector<std::string> used_files_;
  std::optional<Error> error_;
};

// The field `facets`: names of columns, with commas between them or as a list.
std::vector<FacetRequest> read_facets(RequestParams& params);

}  // namespace nozama
