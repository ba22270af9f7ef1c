// What answers searches now: the serving row of the catalogue, loaded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/serving.h"
#include "model/head_set.h"
#include "model/linear_head.h"
#include "model/projection.h"
#include "recommend/gate.h"
#include "train/calibration.h"

namespace nozama {

class Encoder;
class VectorCodec;
class Workspace;

// The fitted numbers of a serving row; stored as its parameters_json.
struct ServingParameters {
  GateParameters gate;
  ScoreCalibration calibration;
  double min_score = 0;             // below it a hit is not shown unless asked for
  double category_threshold = 0.8;  // the most specific category is named whose probability reaches it
  int64_t trained_seq = 0;          // the change the head was trained at; 0 = never
  int64_t trained_pictures = 0;
  int64_t projection_pictures = 0;       // that the projection was learned from; 0 = a seeded one
  int64_t projection_of_identities = 0;  // 1 = learned from which pictures show the same thing, else principal components
};

std::string serving_parameters_json(const ServingParameters& parameters);
Result<ServingParameters> parse_serving_parameters(const std::string& json);

struct ServingModel {
  ServingRow row;
  std::string encoder_id;
  std::shared_ptr<Encoder> encoder;          // shared with the workspace and with models of other generations
  std::shared_ptr<const VectorCodec> codec;  // of this encoder's vectors; shared with copies of the model
  Projection projection;
  std::optional<LinearHead> head;  // of categories
  std::vector<BackedOffCategory> backed_off;
  std::vector<AttributeHead> attribute_heads;
  ServingParameters parameters;

  // Names the space of the indexed vectors: those of another cannot be compared.
  std::string space() const;
};

inline constexpr int kIndexDimension = 256;

// Without a projection yet, a seeded orthogonal one serves.
Result<std::shared_ptr<const ServingModel>> load_serving_model(Workspace& workspace);

}  // namespace nozama
