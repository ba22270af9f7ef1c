#include "server/edit_views.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/clock.h"
#include "catalog/money.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

std::string_view status_name(UpsertKind kind) {
  switch (kind) {
    case UpsertKind::kCreated: return "created";
    case UpsertKind::kUpdated: return "updated";
    case UpsertKind::kUnchanged: return "unchanged";
    case UpsertKind::kRejected: return "failed";
  }
  return "failed";
}

void add_edit(const ProductEdit& edit, json::object& object) {
  object["id"] = json_text(edit.id);
  object["status"] = status_name(edit.kind);
  if (edit.kind == UpsertKind::kRejected) {
    object["code"] = json_text(edit.error.reason);
    object["detail"] = json_text(edit.error.message);
  }
  json::array errors;
  for (const Error& error : edit.picture_errors) errors.push_back({{"code", json_text(error.reason)}, {"detail", json_text(error.message)}});
  object["picture_errors"] = std::move(errors);
}

constexpr int kRowPictureWidth = 320;

std::string picture_address(const std::string& hash) { return fmt::format("/media/{}/{}.webp", hash, kRowPictureWidth); }

json::value text_or_null(std::string_view value) {
  if (value.empty()) return nullptr;
  return json_text(value);
}

json::object row_object(const ProductTableRow& row) {
  const ProductCard& card = row.card;
  json::object object;
  object["id"] = json_text(card.external_id);
  object["title"] = json_text(card.title);
  object["title_lang"] = json_text(row.title_lang);
  object["brand"] = text_or_null(card.brand);
  object["category"] = nullptr;
  if (!card.category_slug.empty()) object["category"] = {{"slug", json_text(card.category_slug)}, {"name", json_text(card.category_name)}};
  object["price"] = card.price_minor ? json::value(major_units(*card.price_minor, card.currency)) : json::value(nullptr);
  object["currency"] = text_or_null(card.currency);
  object["stock"] = row.stock ? json::value(*row.stock) : json::value(nullptr);
  object["variants_have_stock"] = row.variants_have_stock;
  object["image_url"] = card.picture_hash.empty() ? json::value(nullptr) : json::value(picture_address(card.picture_hash));
  object["updated"] = format_utc(row.updated_ms);
  object["version"] = row.version;
  return object;
}

}  // namespace

std::string product_table_json(const ProductTablePage& page) {
  json::array rows;
  for (const ProductTableRow& row : page.rows) rows.push_back(row_object(row));
  return json_serialized(json::object{{"products", std::move(rows)}, {"total", page.total}, {"next", text_or_null(page.next)}});
}

std::string editable_product_json(const ProductTableRow& row, const ProductRecord& record, std::string_view product) {
  json::array pictures;
  for (const PictureRecord& picture : record.pictures) {
    pictures.push_back({{"hash", picture.content_hash},
                        {"picture", "nozama:" + picture.content_hash},
                        {"image_url", picture_address(picture.content_hash)},
                        {"width", picture.width},
                        {"height", picture.height},
                        {"variant", text_or_null(picture.variant_key)}});
  }
  return json_serialized(json::object{{"row", row_object(row)}, {"product", json::parse(product)}, {"pictures", std::move(pictures)}});
}

std::string product_edit_json(const ProductEdit& edit) {
  json::object object;
  add_edit(edit, object);
  return json::serialize(object);
}

std::string batch_line_json(int64_t line, const ProductEdit& edit) {
  json::object object{{"line", line}};
  add_edit(edit, object);
  return json::serialize(object);
}

std::string picture_edit_json(const std::string& product_id, const PictureEdit& edit) {
  return json::serialize(json::object{{"product_id", json_text(product_id)},
                                      {"hash", edit.content_hash},
                                      {"picture", "nozama:" + edit.content_hash},
                                      {"width", edit.width},
                                      {"height", edit.height}});
}

}  // namespace nozama
