#include "server/edit_views.h"

#include <boost/json.hpp>
#include <string_view>

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

}  // namespace

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
