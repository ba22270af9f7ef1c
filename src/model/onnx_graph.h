// An ONNX file → an OpenVINO network with the inputs and outputs of our bundles.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "model/encoder.h"
#include "model/onnx_recipe.h"

namespace nozama {

struct ConvertedOnnx {
  int embedding_dim = 0;
  FeatureMapShape feature_map;  // all 0: none
  int logit_count = 0;
};

// Writes model.xml and model.bin into `out_dir`: input u8 NHWC RGB of one picture, everything of the recipe inside, outputs
// `embedding`, and where there are any `feature_map` (NCHW) and `logits`. A batch of any size becomes 1.
// kCorrupt "onnx_damaged"; kUnsupported "onnx_operator" names the operators that OpenVINO lacks; kInvalidArgument "onnx_shape"
// where graph and recipe contradict each other, with both; "onnx_output" where the embedding cannot be found, with the outputs.
// The file must have passed examine_onnx_file().
Result<ConvertedOnnx> convert_onnx(const std::filesystem::path& onnx_file, const OnnxRecipe& recipe, const std::filesystem::path& out_dir);

}  // namespace nozama
