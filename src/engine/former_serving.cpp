#include "engine/former_serving.h"

#include <boost/json.hpp>

#include "catalog/catalog.h"
#include "engine/serving_model.h"
#include "engine/workspace.h"

namespace nozama {
namespace {

constexpr double kOutgrown = 1.25;  // learned from fewer pictures than this share of today's: learn again

std::string key_of(const std::string& encoder_id) { return "former_serving." + encoder_id; }

std::optional<int64_t> number_of(const boost::json::object& object, const char* name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<ServingRow> parse(const std::string& encoder_id, const std::string& text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const boost::json::object& object = value.get_object();
  ServingRow row;
  row.encoder_id = encoder_id;
  if (const auto id = number_of(object, "projection")) row.projection = ProjectionId{*id};
  if (const auto id = number_of(object, "head")) row.head = HeadId{*id};
  const boost::json::value* parameters = object.if_contains("parameters");
  if (parameters == nullptr || !parameters->is_string()) return std::nullopt;
  row.parameters_json = std::string(parameters->get_string());
  return row;
}

}  // namespace

Status remember_serving(Workspace& workspace, const ServingRow& row) {
  if (row.encoder_id.empty()) return {};
  boost::json::object object;
  if (row.projection) object["projection"] = row.projection->value;
  if (row.head) object["head"] = row.head->value;
  object["parameters"] = row.parameters_json;
  return workspace.catalog().set_setting(key_of(row.encoder_id), boost::json::serialize(object));
}

Result<std::optional<ServingRow>> former_serving(Workspace& workspace, const std::string& encoder_id) {
  const auto text = workspace.catalog().setting(key_of(encoder_id));
  if (!text) return propagate(text);
  auto row = *text ? parse(encoder_id, **text) : std::nullopt;
  if (!row || !row->projection) return std::nullopt;
  if (!workspace.catalog().projection(*row->projection)) return std::nullopt;
  if (row->head && !workspace.catalog().head(*row->head)) return std::nullopt;
  const auto parameters = parse_serving_parameters(row->parameters_json);
  const auto pictures = workspace.catalog().embedding_count(encoder_id);
  if (!pictures) return propagate(pictures);
  const auto enough = [&](int64_t learned_from) { return static_cast<double>(*pictures) <= kOutgrown * static_cast<double>(learned_from); };
  if (!parameters || !row->head || !enough(parameters->trained_pictures)) return std::nullopt;
  return row;
}

}  // namespace nozama
