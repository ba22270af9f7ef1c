#include "server/http.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace nozama {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts the text up to `separator` off the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

double parameter_q(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = trim(take_until(parameters, ';'));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double quality = 0;
    const auto [end, error] = std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), quality);
    return error == std::errc{} ? std::clamp(quality, 0.0, 1.0) : 0.0;
  }
  return 1.0;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &NameValue::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view Response::body_text() const {
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&body)) return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  if (stream() != nullptr) return {};
  const auto view = std::get<std::span<const unsigned char>>(body);
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}

BodyStream* Response::stream() const {
  const auto* stream = std::get_if<std::shared_ptr<BodyStream>>(&body);
  return stream != nullptr ? stream->get() : nullptr;
}

void Response::set_header(std::string_view name, std::string value) {
  const auto found = std::ranges::find(headers, name, &NameValue::first);
  if (found != headers.end()) {
    found->second = std::move(value);
  } else {
    headers.emplace_back(name, std::move(value));
  }
}

std::string_view Response::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &NameValue::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::vector<NameValue>> parse_query(std::string_view query) {
  std::vector<NameValue> pairs;
  while (!query.empty()) {
    std::string_view pair = take_until(query, '&');
    if (pair.empty()) continue;
    auto name = percent_decode(take_until(pair, '='), true);
    auto value = percent_decode(pair, true);
    if (!name || !value) {
      return fail(ErrorCode::kInvalidArgument, "bad_request", "the query has a broken percent-encoding");
    }
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

Result<Target> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return fail(ErrorCode::kInvalidArgument, "bad_request", "the request target must be a path that begins with '/'");
  }
  Target parsed;
  const std::string_view path = target.substr(0, target.find('?'));
  parsed.path = path;
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    auto segment = percent_decode(take_until(rest, '/'), false);
    if (!segment) return fail(ErrorCode::kInvalidArgument, "bad_request", "the path has a broken percent-encoding");
    parsed.segments.push_back(std::move(*segment));
  }
  if (path.size() < target.size()) {
    auto query = parse_query(target.substr(path.size() + 1));
    if (!query) return propagate(query);
    parsed.query = std::move(*query);
  }
  return parsed;
}

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string media_type(std::string_view content_type) { return to_lower_ascii(trim(content_type.substr(0, content_type.find(';')))); }

double accept_quality(std::string_view list, std::string_view item) {
  const std::string family = std::string(item.substr(0, item.find('/'))) + "/*";
  double exact = -1, by_family = -1, any = -1;
  while (!list.empty()) {
    std::string_view entry = take_until(list, ',');
    const std::string name = to_lower_ascii(trim(take_until(entry, ';')));
    const double quality = parameter_q(entry);
    if (name == item) {
      exact = quality;
    } else if (name == family) {
      by_family = quality;
    } else if (name == "*" || name == "*/*") {
      any = quality;
    }
  }
  if (exact >= 0) return exact;
  return by_family >= 0 ? by_family : std::max(any, 0.0);
}

}  // namespace nozama
