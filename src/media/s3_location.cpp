#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "media/s3_blob_store.h"
#include "net/web_url.h"

namespace nozama {
namespace {

constexpr std::string_view kShape = "s3://BUCKET/PREFIX?endpoint=URL&region=NAME&style=path|virtual";

std::unexpected<Error> bad_blobs(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "bad_blobs", fmt::format("blobs is '{}': {}; it must be {}", text.substr(0, 300), why, kShape));
}

bool consists_of(std::string_view text, std::string_view also) {
  return std::ranges::all_of(text, [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos; });
}

// Why the parameter cannot be used; "" when it is set.
std::string set_parameter(S3Location& location, std::string_view name, std::string_view value) {
  if (name == "endpoint") {
    const auto url = parse_web_url(value);
    if (!url) return "its endpoint is no http or https URL";
    const bool is_v6 = url->host.find(':') != std::string::npos;
    std::string host = url->host;
    for (char& c : host) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (!consists_of(host, is_v6 ? ":." : "-._")) return "its endpoint's host has other characters than letters, digits, '-', '_' and '.'";
    const bool usual_port = url->port == (url->scheme == "https" ? 443 : 80);
    location.endpoint = fmt::format("{}://{}{}", url->scheme, is_v6 ? fmt::format("[{}]", host) : host, usual_port ? "" : fmt::format(":{}", url->port));
    const size_t rest = std::min(value.find_first_of("/?#", value.find("://") + 3), value.size());
    return value.size() > rest + 1 || value.substr(rest).find_first_of("?#") != std::string_view::npos ? "its endpoint has a path" : "";
  }
  if (name == "region") {
    location.region = std::string(value);
    return !value.empty() && consists_of(value, "-") ? "" : "its region is no name";
  }
  if (name == "style") {
    location.virtual_host = value == "virtual";
    return value == "path" || value == "virtual" ? "" : "its style is neither path nor virtual";
  }
  return fmt::format("there is no parameter '{}'", name);
}

}  // namespace

Result<S3Location> parse_s3_location(std::string_view text) {
  if (!text.starts_with("s3://")) return bad_blobs(text, "it does not begin with s3://");
  const std::string_view rest = text.substr(5);
  const size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view place = rest.substr(0, question);
  const size_t slash = std::min(place.find('/'), place.size());

  S3Location location;
  location.bucket = std::string(place.substr(0, slash));
  if (location.bucket.size() < 3 || location.bucket.size() > 63 || !consists_of(location.bucket, "-.")) return bad_blobs(text, "it names no bucket");
  std::string_view prefix = place.substr(std::min(slash + 1, place.size()));
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.size() > 500 || !consists_of(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._/") || prefix.find("..") != std::string_view::npos) {
    return bad_blobs(text, "its prefix has other characters than letters, digits, '-', '_', '.' and '/'");
  }
  location.prefix = prefix.empty() ? "" : fmt::format("{}/", prefix);

  bool style_said = false;
  std::string_view query = rest.substr(std::min(question + 1, rest.size()));
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view name = parameter.substr(0, equals);
    const std::string why = set_parameter(location, name, parameter.substr(std::min(equals + 1, parameter.size())));
    if (!why.empty()) return bad_blobs(text, why);
    style_said = style_said || name == "style";
  }
  if (location.endpoint.empty()) {
    location.endpoint = fmt::format("https://s3.{}.amazonaws.com", location.region);
    if (!style_said) location.virtual_host = true;
  }
  return location;
}

Result<S3Credentials> s3_credentials_of_environment() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  S3Credentials credentials = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN")};
  if (!credentials.access_key.empty() && !credentials.secret_key.empty()) return credentials;
  return fail(ErrorCode::kInvalidArgument, "no_credentials", "pictures are in a bucket, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
}

}  // namespace nozama
