#include <fmt/format.h>

#include "base/file.h"
#include "engine/activity_recorder.h"
#include "engine/engine.h"
#include "image/decode.h"
#include "index/filter_language.h"
#include "net/guarded_fetch.h"
#include "server/handlers.h"
#include "server/json_views.h"
#include "server/multipart.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr size_t kJsonBytesMax = size_t{1} << 20;
constexpr size_t kIdBytesMax = 512;
constexpr size_t kSlugBytesMax = 200;
constexpr size_t kLangBytesMax = 35;
constexpr size_t kCropBytesMax = 200;
constexpr size_t kVectorBytesMax = 8192;
constexpr size_t kUrlBytesMax = 2048;

// A photo waits for an encoder; a product or a vector needs none, unless the answer is to be explained. Clients that send those
// as multipart wait with the photos.
Lane search_lane(const Request& request) {
  const bool is_json = media_type(request.header("content-type")) == "application/json";
  if (is_json && request.body.find("\"image_url\"") != std::string::npos) return Lane::kFetch;
  const bool encodes = !is_json || request.body.find("\"explain\"") != std::string::npos;
  return encodes ? Lane::kEncode : Lane::kCatalogue;
}

Result<RequestParams> read_fields(const Request& request) {
  const std::string_view content_type = request.header("content-type");
  if (media_type(content_type) == "application/json") {
    if (request.body.size() > kJsonBytesMax) {
      return fail(ErrorCode::kTooLarge, "payload_too_large", fmt::format("a JSON body may have at most {} bytes", kJsonBytesMax));
    }
    return RequestParams::from_json(request.body);
  }
  const auto boundary = multipart_boundary(content_type);
  if (!boundary) return propagate(boundary);
  const auto parts = parse_multipart(request.body, *boundary);
  if (!parts) return propagate(parts);
  return RequestParams::from_multipart(*parts, {"image"});
}

std::optional<CropBox> read_crop(RequestParams& params) {
  const auto text = params.text("crop", kCropBytesMax);
  if (!text) return std::nullopt;
  const auto box = parse_crop(*text);
  if (box) return *box;
  params.refuse(box.error());
  return std::nullopt;
}

// The photo's bytes stay in the request, as sent or as fetched: the query borrows them.
Result<SearchQuery> read_query(RequestParams& params, std::span<const std::byte> fetched) {
  SearchQuery query;
  auto photo = params.file("image");
  const bool by_url = params.text("image_url", kUrlBytesMax).has_value();
  if (by_url && fetched.empty()) params.refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'image_url' is a plain member of a JSON body"});
  const auto product_id = params.text("product_id", kIdBytesMax);
  const auto vector = params.text("vector", kVectorBytesMax);
  query.crop = read_crop(params);
  query.category = params.text("category", kSlugBytesMax);
  query.explain = params.boolean("explain").value_or(false);
  const int limit_default = query.explain ? SearchLimits::kExplainedMax : SearchLimits::kLimitDefault;
  query.limit = static_cast<int>(params.integer("limit", 1, SearchLimits::kLimitMax).value_or(limit_default));
  query.offset = static_cast<int>(params.integer("offset", 0, SearchLimits::kOffsetMax).value_or(0));
  query.min_score = params.number("min_score", 0, 1);
  query.exclude = params.text_list("exclude", SearchLimits::kExcludeMax, kIdBytesMax);
  query.text = params.text("text", SearchLimits::kTextBytesMax);
  query.like = params.text_list("like", SearchLimits::kLikedMax, kIdBytesMax);
  query.dislike = params.text_list("dislike", SearchLimits::kLikedMax, kIdBytesMax);
  query.lang = params.text("lang", kLangBytesMax).value_or("en");
  query.filter = params.text("filter", FilterLimits::kBytesMax);
  query.facets = read_facets(params);
  if (const auto most = params.integer("max_per_brand", 1, SearchLimits::kLimitMax)) query.max_per_brand = static_cast<int>(*most);
  query.diversity = params.number("diversity", 0, 1).value_or(0);
  query.collapse = params.boolean("collapse").value_or(true);
  const Status valid = params.finish();
  if (!valid) return propagate(valid);

  const int subjects =
      static_cast<int>(photo.has_value()) + static_cast<int>(by_url) + static_cast<int>(product_id.has_value()) + static_cast<int>(vector.has_value());
  if (subjects != 1) {
    return fail(ErrorCode::kInvalidArgument, "missing_query",
                fmt::format("exactly one of 'image', 'image_url', 'product_id' and 'vector' must be given, not {}", subjects));
  }
  if (by_url) photo = as_text(fetched);
  if (query.crop && !photo) return fail(ErrorCode::kInvalidArgument, "bad_crop", "'crop' is for an 'image' only");
  if (photo) {
    query.subject = PhotoSubject{std::as_bytes(std::span(photo->data(), photo->size()))};
  } else if (product_id) {
    query.subject = ProductSubject{*product_id};
  } else {
    query.subject = VectorSubject{*vector};
  }
  return query;
}

// What failed about the caller's URL, in the words of this endpoint.
Error fetch_problem(const Error& error) {
  const std::string& message = error.message;
  if (error.reason == "address_refused") return {ErrorCode::kInvalidArgument, "fetch_refused", message};
  if (error.code == ErrorCode::kCancelled) return {ErrorCode::kCancelled, "client_gone", message};
  if (error.code == ErrorCode::kInvalidArgument) return error;
  if (error.code == ErrorCode::kTooLarge) return {ErrorCode::kTooLarge, "fetch_too_large", message};
  return {ErrorCode::kInvalidArgument, "fetch_failed", fmt::format("the photo could not be fetched: {}; try again, or send the photo itself", message)};
}

// Puts the photo that `image_url` names into request.fetched. What else is wrong with the request is the handler's to say.
Status fetch_photo(GuardedFetcher* fetcher, Request& request) {
  auto params = read_fields(request);
  const auto url = params ? params->text("image_url", kUrlBytesMax) : std::nullopt;
  if (!url) return {};
  if (fetcher == nullptr) return fail(ErrorCode::kInvalidArgument, "fetch_off", "this shop does not fetch photos by URL; send the photo itself as 'image'");
  auto file = fetcher->fetch(*url, {}, request.stop);
  if (!file) return std::unexpected(fetch_problem(file.error()));
  const auto info = read_image_info(file->bytes);
  if (!info) return fail(ErrorCode::kInvalidArgument, "not_a_picture", fmt::format("what 'image_url' leads to is no picture: {}", info.error().message));
  request.fetched = std::move(file->bytes);
  return {};
}

QueryKind kind_of(const SearchQuery& query, const Request& request) {
  if (std::holds_alternative<ProductSubject>(query.subject)) return QueryKind::kProduct;
  if (std::holds_alternative<VectorSubject>(query.subject)) return QueryKind::kVector;
  return request.fetched.empty() ? QueryKind::kPhoto : QueryKind::kUrl;
}

Response post_search(Engine& engine, Metrics& metrics, ActivityRecorder& recorder, const Request& request) {
  const Status no_query = RequestParams::from_query(request.query).finish();
  if (!no_query) return problem_response(no_query.error(), request.id);
  auto params = read_fields(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto query = read_query(*params, request.fetched);
  if (!query) return problem_response(query.error(), request.id);
  const auto answer = engine.search(*query);
  if (!answer) return problem_response(answer.error(), request.id);
  metrics.observe_search(answer->timings, std::holds_alternative<PhotoSubject>(query->subject));
  QueryRecord record = query_record(*query, *answer, kind_of(*query, request));
  Response response = json_response(search_answer_json(*answer, record.id));
  if (query->offset == 0) recorder.record(std::move(record));
  response.set_header("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_search_routes(Router& router, Engine& engine, Metrics& metrics, ActivityRecorder& recorder, SearchRouteOptions options) {
  router.add({.method = "POST",
              .pattern = "/api/v1/search",
              .handler = [&engine, &metrics, &recorder](const Request& request) { return post_search(engine, metrics, recorder, request); },
              .lane = search_lane,
              .scope = Scope::kSearch,
              .body_bytes_max = options.upload_bytes_max,
              .gather = [fetcher = options.fetcher](Request& request) { return fetch_photo(fetcher, request); }});
}

}  // namespace nozama
