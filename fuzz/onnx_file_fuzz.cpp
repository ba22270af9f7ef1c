// ONNX files and the manifests given with them. The first byte chooses the reader.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "model/onnx_file.h"
#include "model/onnx_recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    const auto summary = nozama::summarise_onnx(nozama::as_byte_span(text));
    if (summary && summary->node_count == 0) nozama::abort_with("a graph without operators");
  } else {
    const auto recipe = nozama::parse_onnx_recipe(text, {});
    if (recipe && (recipe->input_size < 16 || !(recipe->std[0] > 0))) nozama::abort_with("a manifest outside its bounds");
  }
  return 0;
}
