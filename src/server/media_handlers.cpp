#include <algorithm>
#include <array>
#include <charconv>

#include "engine/engine.h"
#include "server/handlers.h"
#include "server/problem.h"

namespace nozama {
namespace {

constexpr std::array kWidths = {160, 320, 640, 1280};
constexpr size_t kHashDigits = 64;
constexpr size_t kSampleNameMax = 100;

bool is_content_hash(std::string_view text) {
  return text.size() == kHashDigits && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "320.webp" → 320; 0 for anything that is not one of our widths.
int width_of(std::string_view file) {
  int width = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), width);
  const bool valid = error == std::errc{} && std::string_view(end, file.data() + file.size()) == ".webp" && file.front() != '0';
  return valid && std::ranges::find(kWidths, width) != kWidths.end() ? width : 0;
}

Error no_such_picture() { return {ErrorCode::kNotFound, "unknown_picture", "there is no such picture; widths are 160, 320, 640 and 1280"}; }

// The address holds the picture's content hash, so what it names never changes.
Response picture_response(std::vector<std::byte> bytes, std::string_view content_type) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(bytes);
  response.set_header("Cross-Origin-Resource-Policy", "cross-origin");  // shops show these on their own pages
  return response;
}

Response get_thumbnail(Engine& engine, const Request& request) {
  const std::string& hash = request.captures[0];
  const int width = width_of(request.captures[1]);
  if (!is_content_hash(hash) || width == 0) return problem_response(no_such_picture(), request.id);
  const std::string etag = '"' + hash.substr(0, 16) + "-" + request.captures[1].substr(0, request.captures[1].find('.')) + '"';
  if (request.header("if-none-match") == etag) {
    Response unchanged;
    unchanged.status = 304;
    unchanged.set_header("ETag", etag);
    return unchanged;
  }
  auto bytes = engine.thumbnail(hash, width);
  if (!bytes) {
    Error error = bytes.error();
    // Not the caller's bytes: a picture of ours that cannot be read is a fault of ours.
    if (error.code == ErrorCode::kCorrupt) error.reason = "damaged_picture";
    return problem_response(error, request.id);
  }
  Response response = picture_response(std::move(*bytes), "image/webp");
  response.set_header("Cache-Control", "public, max-age=31536000, immutable");
  response.set_header("ETag", etag);
  return response;
}

std::string_view sample_type(std::string_view file) {
  if (file.ends_with(".webp")) return "image/webp";
  if (file.ends_with(".png")) return "image/png";
  if (file.ends_with(".jpg") || file.ends_with(".jpeg")) return "image/jpeg";
  return "";
}

Response get_sample(Engine& engine, const Request& request) {
  const std::string& file = request.captures[0];
  const std::string_view type = sample_type(file);
  const bool plain = file.size() <= kSampleNameMax && !file.starts_with('.') && std::ranges::all_of(file, [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
                     });
  if (!plain || type.empty()) return problem_response({ErrorCode::kNotFound, "unknown_sample", "there is no such sample photo"}, request.id);
  auto bytes = engine.sample_photo(file);
  if (!bytes) return problem_response(bytes.error(), request.id);
  Response response = picture_response(std::move(*bytes), type);
  response.set_header("Cache-Control", "public, max-age=3600");
  return response;
}

}  // namespace

void add_media_routes(Router& router, Engine& engine) {
  router.add({.method = "GET",
              .pattern = "/media/{hash}/{width}",
              .handler = [&engine](const Request& request) { return get_thumbnail(engine, request); },
              .lane = on_catalogue_lane});
  router.add({.method = "GET",
              .pattern = "/samples/{file}",
              .handler = [&engine](const Request& request) { return get_sample(engine, request); },
              .lane = on_catalogue_lane});
}

}  // namespace nozama
