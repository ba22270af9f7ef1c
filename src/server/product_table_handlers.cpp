// The catalogue as the shop's people see it.
#include <fmt/format.h>

#include "catalog/product_table.h"
#include "engine/engine.h"
#include "engine/import_records.h"
#include "engine/product_edits.h"
#include "engine/workspace.h"
#include "feeds/product_json.h"
#include "server/edit_views.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr size_t kTextBytesMax = 300;
constexpr size_t kSlugBytesMax = 200;
constexpr size_t kCursorBytesMax = 300;
constexpr size_t kLangBytesMax = 35;  // BCP 47's own recommendation for buffers
constexpr int kRowsDefault = 50;

TableSort sort_named(const std::optional<std::string>& name) {
  if (name == "updated") return TableSort::kUpdated;
  if (name == "title") return TableSort::kTitle;
  if (name == "price") return TableSort::kPrice;
  if (name == "stock") return TableSort::kStock;
  return TableSort::kCreated;
}

Response list_products(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  ProductTableQuery query;
  query.text = params.text("text", kTextBytesMax).value_or("");
  query.category = params.text("category", kSlugBytesMax).value_or("");
  query.only_sold_out = params.choice("stock", {"any", "none"}) == "none";
  query.sort = sort_named(params.choice("sort", {"created", "updated", "title", "price", "stock"}));
  query.descending = params.choice("order", {"asc", "desc"}).value_or("desc") == "desc";
  query.after = params.text("after", kCursorBytesMax).value_or("");
  query.limit = static_cast<int>(params.integer("limit", 1, kTableRowsMax).value_or(kRowsDefault));
  query.lang = params.text("lang", kLangBytesMax).value_or("en");
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto page = ProductTable(engine.workspace().catalog()).list(query);
  return page ? json_response(product_table_json(*page)) : problem_response(page.error(), request.id);
}

Response get_product(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = params.text("lang", kLangBytesMax).value_or("en");
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto stored = engine.edits().stored(request.captures[0]);
  if (!stored) return problem_response(stored.error(), request.id);
  auto row = ProductTable(engine.workspace().catalog()).row(request.captures[0], lang);
  if (!row) return problem_response(row.error(), request.id);
  row->version = stored->digest;  // of what the answer shows, should it have changed between the two
  Response response = json_response(editable_product_json(*row, stored->record, draft_json(draft_of(stored->record, PictureNames::kStored))));
  response.set_header("ETag", fmt::format("\"{}\"", stored->digest));
  return response;
}

}  // namespace

void add_product_table_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string pattern, Response (*handler)(Engine&, const Request&)) {
    router.add({.method = "GET",
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine, request); },
                .lane = on_catalogue_lane,
                .scope = Scope::kCatalogue});
  };
  add("/api/v1/admin/products", list_products);
  add("/api/v1/admin/products/{id}", get_product);
}

}  // namespace nozama
