#include "server/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "server/http.h"

namespace nozama {
namespace {

constexpr size_t kBoundaryMax = 70;  // RFC 2046, section 5.1.1

std::unexpected<Error> bad_multipart(std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_multipart", std::move(message)); }

bool is_token_char(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

bool is_boundary_char(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || std::string_view("'()+_,-./:=? ").contains(c);
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::string_view take_token(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_token_char);
  const std::string_view token(text.begin(), end);
  text.remove_prefix(token.size());
  return token;
}

// A quoted-string: `"a \"b\""`. Nothing when the closing quote is missing.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return std::nullopt;
}

struct HeaderValue {
  std::string value;  // before the first ';', lower case
  std::vector<NameValue> parameters;

  const std::string* parameter(std::string_view name) const {
    const auto found = std::ranges::find(parameters, name, &NameValue::first);
    return found == parameters.end() ? nullptr : &found->second;
  }
};

// `form-data; name="image"; filename=a.jpg`. Nothing when it is malformed or names a parameter twice.
std::optional<HeaderValue> parse_header_value(std::string_view text) {
  HeaderValue header;
  const size_t semicolon = std::min(text.find(';'), text.size());
  header.value = media_type(text);
  text.remove_prefix(semicolon);
  while (true) {
    skip_spaces(text);
    if (text.empty()) return header;
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_spaces(text);
    if (text.empty()) return header;
    const std::string name = to_lower_ascii(take_token(text));
    if (name.empty() || !text.starts_with('=') || header.parameter(name) != nullptr) return std::nullopt;
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      auto value = take_quoted(text);
      if (!value) return std::nullopt;
      header.parameters.emplace_back(name, std::move(*value));
    } else {
      const std::string_view value = take_token(text);
      if (value.empty()) return std::nullopt;
      header.parameters.emplace_back(name, value);
    }
  }
}

// What the headers of one part say; `number` is for messages and counts from 1.
Result<MultipartPart> read_part_headers(std::string_view headers, size_t number, const MultipartLimits& limits) {
  MultipartPart part;
  bool has_disposition = false;
  while (!headers.empty()) {
    const size_t end = headers.find("\r\n");
    std::string_view line = headers.substr(0, end);
    headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 2);
    const std::string name = to_lower_ascii(take_token(line));
    if (name.empty() || !line.starts_with(':')) return bad_multipart(fmt::format("part {} has a malformed header line", number));
    line.remove_prefix(1);
    const auto value = parse_header_value(line);
    if (name == "content-disposition") {
      const std::string* field = value ? value->parameter("name") : nullptr;
      if (has_disposition || !value || value->value != "form-data" || field == nullptr || field->empty() || field->size() > limits.name_bytes_max) {
        return bad_multipart(fmt::format("part {} needs one header `Content-Disposition: form-data; name=\"…\"` with a name of at most {} bytes", number,
                                         limits.name_bytes_max));
      }
      has_disposition = true;
      part.name = *field;
      part.is_file = value->parameter("filename") != nullptr || value->parameter("filename*") != nullptr;
    } else if (name == "content-type") {
      part.content_type = media_type(line);
      if (part.content_type.starts_with("multipart/"))
        return bad_multipart(fmt::format("part {} is itself a multipart; send each file as a part of its own", number));
    } else if (name == "content-transfer-encoding") {
      const std::string encoding = media_type(line);
      if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
        return bad_multipart(fmt::format("part {} has the transfer encoding '{}'; send its bytes as they are", number, encoding));
      }
    }
  }
  if (!has_disposition) return bad_multipart(fmt::format("part {} has no Content-Disposition header", number));
  return part;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  if (media_type(content_type) != "multipart/form-data") {
    return fail(ErrorCode::kUnsupported, "unsupported_media_type", "Content-Type must be multipart/form-data or application/json");
  }
  const size_t semicolon = std::min(content_type.find(';'), content_type.size());
  std::string_view rest = content_type.substr(semicolon);
  // Not parse_header_value: some clients send the boundary unquoted with characters that no token may have.
  while (!rest.empty()) {
    rest.remove_prefix(1);
    skip_spaces(rest);
    const std::string name = to_lower_ascii(take_token(rest));
    if (!rest.starts_with('=')) break;
    rest.remove_prefix(1);
    std::optional<std::string> value;
    if (rest.starts_with('"')) {
      value = take_quoted(rest);
      if (!value) break;
      skip_spaces(rest);
      if (!rest.empty() && rest.front() != ';') break;
    } else {
      value = std::string(rest.substr(0, rest.find(';')));
      rest.remove_prefix(value->size());
      while (value->ends_with(' ')) value->pop_back();
    }
    if (name != "boundary") continue;
    const bool valid = !value->empty() && value->size() <= kBoundaryMax && !value->ends_with(' ') && std::ranges::all_of(*value, is_boundary_char);
    if (!valid) break;
    return *value;
  }
  return bad_multipart("Content-Type has no valid boundary; let the HTTP client set this header");
}

Result<std::vector<MultipartPart>> parse_multipart(std::string_view body, std::string_view boundary, const MultipartLimits& limits) {
  const std::string opening = fmt::format("--{}", boundary);
  const std::string delimiter = fmt::format("\r\n--{}", boundary);
  if (!body.starts_with(opening)) return bad_multipart("the body does not begin with the boundary that Content-Type names");

  std::vector<MultipartPart> parts;
  size_t position = opening.size();
  while (true) {
    const size_t number = parts.size() + 1;
    std::string_view rest = body.substr(position);
    if (rest == "--" || rest == "--\r\n") return parts;
    if (rest.starts_with("--")) return bad_multipart("there is text after the last boundary");
    if (!rest.starts_with("\r\n"))
      return bad_multipart(fmt::format("part {} does not begin with a new line (CRLF) after its boundary, or was cut short", number));
    if (parts.size() == limits.parts_max) {
      return bad_multipart(fmt::format("the body has more than {} parts", limits.parts_max));
    }
    rest.remove_prefix(2);
    const size_t window = std::min(rest.size(), limits.header_bytes_max + 4);
    const size_t blank_line = rest.substr(0, window).find("\r\n\r\n");
    if (blank_line == std::string_view::npos) {
      if (rest.size() == window) return bad_multipart(fmt::format("part {} ends within its headers: the body was cut short", number));
      return bad_multipart(fmt::format("part {} has more than {} bytes of headers", number, limits.header_bytes_max));
    }
    auto part = read_part_headers(rest.substr(0, blank_line), number, limits);
    if (!part) return propagate(part);
    rest.remove_prefix(blank_line + 4);
    const size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) return bad_multipart(fmt::format("part {} has no closing boundary: the body was cut short", number));
    part->body = rest.substr(0, end);
    parts.push_back(std::move(*part));
    position = body.size() - rest.size() + end + delimiter.size();
  }
}

}  // namespace nozama
