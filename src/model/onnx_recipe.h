// How an ONNX image encoder wants its pictures and where its embedding comes out: what `nozama model add` is told.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

enum class TensorLayout { kAuto, kNchw, kNhwc };  // kAuto: where the 3 channels are, or the two equal sides
enum class Pooling {
  kNone,           // the output is the embedding
  kGlobalAverage,  // mean over height and width; what it is taken of is the feature map
  kClassToken,     // the first token of a transformer
  kMeanToken,      // the mean of all tokens
};

// The network gets (x × scale − mean) / std for x in 0 … 255, by channel in its own order.
struct OnnxRecipe {
  int input_size = 0;
  TensorLayout input_layout = TensorLayout::kAuto;
  bool bgr = false;
  double scale = 1.0 / 255;
  std::array<double, 3> mean = {0, 0, 0};
  std::array<double, 3> std = {1, 1, 1};
  double crop_share = 0.875;

  std::string output;  // empty: the only output, or with kGlobalAverage what the last global average is taken of
  TensorLayout output_layout = TensorLayout::kAuto;
  Pooling pooling = Pooling::kNone;
  std::string logits;  // empty: none
  // Embedding and feature map are multiplied by it: catalogues keep half-precision numbers. Not in manifests; add_onnx_bundle() finds it.
  double output_scale = 1;
  // What the manifest claims; 0 and empty: nothing claimed.
  int embedding_dim = 0;

  std::string title, licence, licence_file, source;
};

// "xception", "vgg16", "resnet50", "mobilenetv3", "clip".
std::vector<std::string_view> onnx_presets();

// kInvalidArgument "onnx_preset" lists them.
Result<OnnxRecipe> onnx_preset(std::string_view name);

// A manifest's text over `base`: fields that it does not have stay. kInvalidArgument "onnx_manifest" names the field.
Result<OnnxRecipe> parse_onnx_recipe(std::string_view text, const OnnxRecipe& base);

}  // namespace nozama
