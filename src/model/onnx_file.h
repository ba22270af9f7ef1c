// What an ONNX file holds, read before anything else looks at it: a bounded walk over its protobuf fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

struct OnnxSummary {
  int64_t opset = 0;                     // of the standard operators
  size_t node_count = 0;                 // in all graphs
  std::set<std::string> operators;       // "Conv", "com.example.Blur"
  std::set<std::string> external_files;  // where weights are kept outside, as written in the file: not to be trusted
};

// ONNX is a protobuf ModelProto (onnx/onnx.proto of ONNX 1.19). kCorrupt "onnx_damaged" for bytes that are none;
// kTooLarge "onnx_limit" for one with more nodes, files or nesting than any encoder has.
Result<OnnxSummary> summarise_onnx(std::span<const std::byte> bytes);

// Reads the file and checks that the weights it keeps outside lie beside it or below, in files that exist. kNotFound
// "not_found"; kTooLarge "onnx_limit" over 2 GiB, with the weights outside 4 GiB; kInvalidArgument "onnx_external_path" for a
// path that leads out of the file's folder, also by a link; kNotFound "onnx_external_missing"; errors of summarise_onnx().
Result<OnnxSummary> examine_onnx_file(const std::filesystem::path& path);

}  // namespace nozama
