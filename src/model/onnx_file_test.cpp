#include "model/onnx_file.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "model/bundle_for_test.h"
#include "model/onnx_for_test.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// Weights outside: of the graph, of a constant's attribute, of a branch, and of a sparse tensor.
std::string small_model(const std::string& location = "weights.bin") {
  const std::string tensor = onnx_external_tensor(location);
  const std::string branch = bytes_field(1, bytes_field(4, "Relu")) + bytes_field(5, tensor);
  return onnx_model(onnx_node("Conv") + onnx_node("Blur", bytes_field(7, "com.example")) + onnx_node("Constant", bytes_field(5, bytes_field(5, tensor))) +
                    onnx_node("If", bytes_field(5, bytes_field(6, branch))) + bytes_field(5, tensor) + bytes_field(15, bytes_field(1, tensor)));
}

TEST(OnnxFile, OperatorsAndFilesOfEveryGraphAreFound) {
  const auto summary = summarise_onnx(as_byte_span(small_model()));
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->opset, 17);
  EXPECT_EQ(summary->node_count, 5U);
  EXPECT_EQ(summary->operators, (std::set<std::string>{"Conv", "Relu", "com.example.Blur", "Constant", "If"}));
  EXPECT_EQ(summary->external_files, (std::set<std::string>{"weights.bin"}));
}

TEST(OnnxFile, EachPlaceThatCanHoldWeightsIsLookedAt) {
  const std::string tensor = onnx_external_tensor("x");
  const std::string node = onnx_node("Relu");
  const std::string graphs[] = {
      node + bytes_field(5, tensor),
      node + bytes_field(15, bytes_field(2, tensor)),
      onnx_node("Constant", bytes_field(5, bytes_field(10, tensor))),
      onnx_node("Constant", bytes_field(5, bytes_field(22, bytes_field(1, tensor)))),
      onnx_node("Scan", bytes_field(5, bytes_field(11, onnx_node("Constant", bytes_field(5, bytes_field(5, tensor)))))),
  };
  for (const std::string& graph : graphs) {
    const auto summary = summarise_onnx(as_byte_span(onnx_model(graph)));
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->external_files.size(), 1U);
  }
  const std::string function = bytes_field(25, bytes_field(7, bytes_field(4, "Constant") + bytes_field(5, bytes_field(5, tensor))));
  EXPECT_EQ(summarise_onnx(as_byte_span(onnx_model(node) + function))->external_files.size(), 1U);
}

TEST(OnnxFile, EveryShorterFileIsDamagedOrHasNoGraph) {
  const std::string model = onnx_model(onnx_node("Relu"));
  ASSERT_TRUE(summarise_onnx(as_byte_span(model)));
  for (size_t size = 0; size < model.size(); ++size) {
    const auto summary = summarise_onnx(as_byte_span(std::string_view(model).substr(0, size)));
    ASSERT_FALSE(summary) << size;
    EXPECT_EQ(summary.error().reason, "onnx_damaged");
  }
}

TEST(OnnxFile, AFlippedByteNeverDoesHarm) {
  const std::string model = small_model();
  for (size_t at = 0; at < model.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = model;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto summary = summarise_onnx(as_byte_span(damaged));
      if (summary) continue;
      EXPECT_EQ(summary.error().reason, "onnx_damaged");
    }
  }
}

TEST(OnnxFile, GraphsNestedTooDeeplyAreRefused) {
  std::string graph = onnx_node("Relu");
  for (int depth = 0; depth < 100; ++depth) graph = onnx_node("If", bytes_field(5, bytes_field(6, graph)));
  const auto summary = summarise_onnx(as_byte_span(onnx_model(graph)));
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, ErrorCode::kTooLarge);
}

TEST(OnnxFile, MoreOperatorsThanAnyEncoderHasAreRefused) {
  std::string graph;
  const std::string node = bytes_field(1, "");
  for (int i = 0; i <= 200'000; ++i) graph += node;
  EXPECT_EQ(summarise_onnx(as_byte_span(onnx_model(graph))).error().reason, "onnx_limit");
}

TEST(OnnxFile, WeightsMustLieInTheFolderOfTheFile) {
  const ScratchDir scratch;
  const fs::path folder = scratch.path() / "model", file = folder / "a.onnx";
  fs::create_directories(folder / "deep");
  overwrite(scratch.path() / "outside.bin", "x");
  overwrite(folder / "deep" / "weights.bin", "x");
  fs::create_symlink(scratch.path() / "outside.bin", folder / "link.bin");
  const auto reason = [&](const std::string& location) {
    overwrite(file, small_model(location));
    const auto summary = examine_onnx_file(file);
    return summary ? std::string() : summary.error().reason;
  };
  EXPECT_EQ(reason("deep/weights.bin"), "");
  for (const std::string& escape : {std::string("../outside.bin"), std::string("deep/../../outside.bin"), (scratch.path() / "outside.bin").string(),
                                    std::string(), std::string("link.bin"), std::string("deep/weights.bin\0x", 18)}) {
    EXPECT_EQ(reason(escape), "onnx_external_path") << escape;
  }
  EXPECT_EQ(reason("absent.bin"), "onnx_external_missing");
  EXPECT_EQ(reason("deep"), "onnx_external_missing");
}

}  // namespace
}  // namespace nozama
