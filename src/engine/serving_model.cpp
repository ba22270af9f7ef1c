#include "engine/serving_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "catalog/catalog.h"
#include "engine/workspace.h"
#include "model/encoder.h"
#include "model/vector_codec.h"

namespace nozama {
namespace {

constexpr uint64_t kProjectionSeed = 1;

// Every number of the parameters with its name, for writing and reading alike.
template <class Parameters, class Visit>
void for_each_number(Parameters& p, const Visit& visit) {
  visit("gate_weight", p.gate.weight);
  visit("gate_mass", p.gate.mass);
  visit("score_slope", p.calibration.slope);
  visit("score_offset", p.calibration.offset);
  visit("min_score", p.min_score);
  visit("category_threshold", p.category_threshold);
  visit("trained_seq", p.trained_seq);
  visit("trained_pictures", p.trained_pictures);
  visit("projection_pictures", p.projection_pictures);
  visit("projection_of_identities", p.projection_of_identities);
}

}  // namespace

std::string serving_parameters_json(const ServingParameters& parameters) {
  boost::json::object object;
  for_each_number(parameters, [&object](const char* name, const auto& value) { object[name] = value; });
  return boost::json::serialize(object);
}

Result<ServingParameters> parse_serving_parameters(const std::string& json) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  if (error || !value.is_object())
    return fail(ErrorCode::kCorrupt, "serving_damaged", "the catalogue's serving parameters are not JSON; run nozama train --force");
  ServingParameters parameters;
  for_each_number(parameters, [&value](const char* name, auto& field) {
    const boost::json::value* found = value.get_object().if_contains(name);
    if (found != nullptr && found->is_number()) field = found->to_number<std::remove_reference_t<decltype(field)>>();
  });
  return parameters;
}

std::string ServingModel::space() const {
  return row.projection ? fmt::format("{}/projection-{}", encoder_id, row.projection->value) : fmt::format("{}/orthogonal", encoder_id);
}

Result<std::shared_ptr<const ServingModel>> load_serving_model(Workspace& workspace) {
  auto model = std::make_shared<ServingModel>();
  const auto row = workspace.catalog().serving();
  if (!row) return propagate(row);
  model->row = *row;
  const auto opened = workspace.encoder_for(row->encoder_id);
  if (!opened) return propagate(opened);
  model->encoder_id = opened->id;
  model->encoder = opened->encoder;
  auto codec = VectorCodec::open(opened->bundle_dir, opened->id);
  if (!codec) return propagate(codec);
  model->codec = std::make_shared<const VectorCodec>(std::move(*codec));
  const auto parameters = parse_serving_parameters(row->parameters_json);
  if (!parameters) return propagate(parameters);
  model->parameters = *parameters;

  const int dim = model->encoder->info().embedding_dim;
  if (row->projection) {
    const auto blob = workspace.catalog().projection(*row->projection);
    if (!blob) return propagate(blob);
    auto projection = Projection::deserialise(blob->blob);
    if (!projection) return propagate(projection);
    if (projection->in != dim) return fail(ErrorCode::kCorrupt, "serving_damaged", "the serving projection is of another encoder; run nozama train --force");
    model->projection = std::move(*projection);
  } else {
    model->projection = seeded_orthogonal(dim, std::min(kIndexDimension, dim), kProjectionSeed);
  }
  if (row->head) {
    const auto blob = workspace.catalog().head(*row->head);
    if (!blob) return propagate(blob);
    auto heads = HeadSet::deserialise(blob->blob);
    if (!heads) return propagate(heads);
    if (heads->categories.dim != dim) {
      return fail(ErrorCode::kCorrupt, "serving_damaged", "the serving category head is of another encoder; run nozama train --force");
    }
    model->head = std::move(heads->categories);
    model->backed_off = std::move(heads->backed_off);
    model->attribute_heads = std::move(heads->attributes);
  }
  return model;
}

}  // namespace nozama
