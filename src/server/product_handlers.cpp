// What a merchant's program changes.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "engine/engine.h"
#include "engine/product_edits.h"
#include "feeds/product_json.h"
#include "server/edit_views.h"
#include "server/handlers.h"
#include "server/multipart.h"
#include "server/problem.h"
#include "server/request_params.h"
#include "server/utf8.h"

namespace nozama {
namespace {

constexpr size_t kProductBytesMax = size_t{10} << 20;  // as a line of a feed
constexpr size_t kVariantBytesMax = 512;
constexpr size_t kMultipartBytesMax = size_t{64} << 10;  // around a picture
constexpr size_t kLinesAtOnce = 256;

Lane on_write_lane(const Request&) { return Lane::kWrite; }

Status check_json(const Request& request, std::initializer_list<std::string_view> types) {
  const Status no_query = RequestParams::from_query(request.query).finish();
  if (!no_query) return no_query;
  const std::string type = media_type(request.header("content-type"));
  if (std::ranges::find(types, std::string_view(type)) != types.end()) return {};
  return fail(ErrorCode::kUnsupported, "unsupported_media_type", fmt::format("the body must be {}, not '{}'", *types.begin(), type.substr(0, 60)));
}

Response answer_edit(const Result<ProductEdit>& edit, const Request& request) {
  if (!edit) return problem_response(edit.error(), request.id);
  if (edit->kind == UpsertKind::kRejected) return problem_response(edit->error, request.id);
  Response response = json_response(product_edit_json(*edit));
  if (edit->kind == UpsertKind::kCreated) response.status = 201;
  return response;
}

// The body with the path's id, which it need not repeat.
Result<ProductDraft> read_product(const Request& request) {
  const std::string base = boost::json::serialize(boost::json::object{{"id", request.captures[0]}});
  const auto whole = merge_product_json(base, request.body);
  if (!whole) return propagate(whole);
  auto draft = read_product_json(*whole, 1);
  if (!draft) return draft;
  if (draft->external_id == request.captures[0]) return draft;
  return fail(ErrorCode::kInvalidArgument, "bad_parameter", "the body's id is another one than the path's");
}

// If-Match's tag without its quotes; "" = any.
std::string wanted_version(const Request& request) {
  std::string_view tag = request.header("if-match");
  if (tag == "*") return {};
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return std::string(tag);
}

Response put_product(Engine& engine, const Request& request) {
  const Status valid = check_json(request, {"application/json"});
  if (!valid) return problem_response(valid.error(), request.id);
  auto draft = read_product(request);
  if (!draft) return problem_response(draft.error(), request.id);
  const std::string_view if_none = request.header("if-none-match");
  if (if_none == "*") return answer_edit(engine.edits().create(*draft, request.stop), request);
  if (!if_none.empty())
    return problem_response({ErrorCode::kInvalidArgument, "bad_parameter", "If-None-Match: may only be *, for a product that is new"}, request.id);
  auto edits = engine.edits().put({std::move(*draft)}, request.stop);
  if (!edits) return problem_response(edits.error(), request.id);
  return answer_edit(std::move(edits->front()), request);
}

Response patch_product(Engine& engine, const Request& request) {
  const Status valid = check_json(request, {"application/merge-patch+json", "application/json"});
  if (!valid) return problem_response(valid.error(), request.id);
  return answer_edit(engine.edits().patch(request.captures[0], request.body, wanted_version(request), request.stop), request);
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response delete_product(Engine& engine, const Request& request) {
  Status done = RequestParams::from_query(request.query).finish();
  if (done) done = engine.edits().remove(request.captures[0]);
  return done ? no_content() : problem_response(done.error(), request.id);
}

Response post_picture(Engine& engine, const Request& request) {
  const Status no_query = RequestParams::from_query(request.query).finish();
  if (!no_query) return problem_response(no_query.error(), request.id);
  const auto boundary = multipart_boundary(request.header("content-type"));
  if (!boundary) return problem_response(boundary.error(), request.id);
  const auto parts = parse_multipart(request.body, *boundary);
  if (!parts) return problem_response(parts.error(), request.id);
  RequestParams params = RequestParams::from_multipart(*parts, {"image"});
  const auto picture = params.file("image");
  const std::string variant = params.text("variant", kVariantBytesMax).value_or("");
  if (!picture) params.refuse({ErrorCode::kInvalidArgument, "bad_parameter", "the picture is missing; send it as the file 'image'"});
  const Status valid = params.finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto added = engine.edits().add_picture(request.captures[0], std::as_bytes(std::span(picture->data(), picture->size())), variant, request.stop);
  if (!added) return problem_response(added.error(), request.id);
  Response response = json_response(picture_edit_json(request.captures[0], *added));
  response.status = 201;
  return response;
}

Response delete_picture(Engine& engine, const Request& request) {
  Status done = RequestParams::from_query(request.query).finish();
  if (done) done = engine.edits().remove_picture(request.captures[0], request.captures[1], request.stop);
  return done ? no_content() : problem_response(done.error(), request.id);
}

// A group of lines is one transaction; the answer to it is sent before the next one is read.
class BatchStream final : public BodyStream {
 public:
  // Borrows the text.
  BatchStream(Engine& engine, std::string_view text) : engine_(engine), rest_(text) {}

  Result<StreamPiece> next(const std::stop_token& stop) override {
    std::vector<Entry> entries;
    std::vector<ProductDraft> drafts;
    size_t pictures = 0;
    while (!rest_.empty() && entries.size() < kLinesAtOnce && pictures < ProductEdits::kPicturesAtOnce) {
      const std::string_view text = next_line();
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      Entry entry{.line = line_};
      auto draft = read_line(text);
      if (draft) {
        entry.edit.id = draft->external_id;
        entry.draft = drafts.size();
        pictures += draft->pictures.size();
        drafts.push_back(std::move(*draft));
      } else {
        entry.edit.kind = UpsertKind::kRejected;
        entry.edit.error = draft.error();
      }
      entries.push_back(std::move(entry));
    }
    if (!drafts.empty()) store(drafts, entries, stop);
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "client_gone", "nobody waits for the answer");
    StreamPiece piece{.text = {}, .last = rest_.empty()};
    for (const Entry& entry : entries) piece.text += batch_line_json(entry.line, entry.edit) + "\n";
    return piece;
  }

 private:
  struct Entry {
    int64_t line = 0;
    std::optional<size_t> draft;  // its place; absent: the line is bad
    ProductEdit edit;
  };

  std::string_view next_line() {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    return text;
  }

  Result<ProductDraft> read_line(std::string_view text) const {
    if (text.size() <= kProductBytesMax) return read_product_json(text, line_);
    return fail(ErrorCode::kTooLarge, "row_too_long", fmt::format("line {}: longer than {} bytes", line_, kProductBytesMax));
  }

  void store(const std::vector<ProductDraft>& drafts, std::vector<Entry>& entries, const std::stop_token& stop) {
    auto edits = engine_.edits().put(drafts, stop);
    for (Entry& entry : entries) {
      if (!entry.draft) continue;
      if (edits) {
        entry.edit = std::move((*edits)[*entry.draft]);
      } else {
        entry.edit.kind = UpsertKind::kRejected;
        entry.edit.error = edits.error();
      }
    }
  }

  Engine& engine_;
  std::string_view rest_;
  int64_t line_ = 0;
};

Response post_batch(Engine& engine, const Request& request) {
  const Status valid = check_json(request, {"application/x-ndjson", "application/jsonl"});
  if (!valid) return problem_response(valid.error(), request.id);
  if (!is_valid_utf8(request.body)) return problem_response({ErrorCode::kInvalidArgument, "bad_json", "the body is not UTF-8"}, request.id);
  Response response;
  response.content_type = "application/x-ndjson";
  response.set_header("Cache-Control", "no-store");
  response.body = std::make_shared<BatchStream>(engine, request.body);
  return response;
}

}  // namespace

void add_product_routes(Router& router, Engine& engine, ProductRouteOptions options) {
  const auto add = [&](std::string method, std::string pattern, Response (*handler)(Engine&, const Request&), size_t body_bytes_max) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine, request); },
                .lane = on_write_lane,
                .scope = Scope::kCatalogue,
                .body_bytes_max = body_bytes_max});
  };
  add("PUT", "/api/v1/products/{id}", put_product, kProductBytesMax);
  add("PATCH", "/api/v1/products/{id}", patch_product, kProductBytesMax);
  add("DELETE", "/api/v1/products/{id}", delete_product, 0);
  add("POST", "/api/v1/products/{id}/pictures", post_picture, options.picture_bytes_max + kMultipartBytesMax);
  add("DELETE", "/api/v1/products/{id}/pictures/{hash}", delete_picture, 0);
  add("POST", "/api/v1/products/batch", post_batch, options.batch_bytes_max);
}

}  // namespace nozama
