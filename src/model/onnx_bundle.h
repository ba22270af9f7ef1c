// Makes an encoder bundle of an ONNX file.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "model/bundle.h"
#include "model/onnx_recipe.h"

namespace nozama {

struct OnnxBundleRequest {
  std::filesystem::path onnx_file;
  std::filesystem::path models_dir;   // the bundle becomes a folder in it
  std::string name;                   // of folder and encoder: a-z, 0-9, '-', '_', '.'
  OnnxRecipe recipe;                  // its licence must not be empty
  std::filesystem::path licence_dir;  // where recipe.licence_file lies
};

// Examines and converts the file, runs it on two pictures, and only then puts the finished folder in its place: what fails leaves
// nothing behind. The version is made from the network's bytes, so other weights are another encoder. Errors of
// examine_onnx_file() and convert_onnx(); kInvalidArgument "licence_missing", "bad_licence", "bad_encoder_id"; kConflict
// "bundle_exists"; kUnavailable "models_not_writable"; kInvalidArgument "onnx_not_an_encoder" when the pictures come out equal or
// not as numbers.
Result<BundleManifest> add_onnx_bundle(const OnnxBundleRequest& request);

}  // namespace nozama
