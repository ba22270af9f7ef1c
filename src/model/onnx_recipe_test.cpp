#include "model/onnx_recipe.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(OnnxRecipe, PresetsAreWhatThePublishersSay) {
  const auto xception = onnx_preset("xception");
  ASSERT_TRUE(xception);
  EXPECT_EQ(xception->input_size, 299);
  // Keras: x / 127.5 − 1.
  EXPECT_DOUBLE_EQ((255 * xception->scale - xception->mean[0]) / xception->std[0], 1);
  EXPECT_DOUBLE_EQ((0 * xception->scale - xception->mean[2]) / xception->std[2], -1);
  const auto resnet = onnx_preset("resnet50");
  ASSERT_TRUE(resnet);
  EXPECT_NEAR((255 * resnet->scale - resnet->mean[0]) / resnet->std[0], 2.2489, 1e-4);
  EXPECT_EQ(onnx_preset("clip")->crop_share, 1);
  EXPECT_EQ(onnx_presets().size(), 5U);
  EXPECT_EQ(onnx_preset("alexnet").error().reason, "onnx_preset");
}

TEST(OnnxRecipe, AManifestGoesOverThePresetFieldByField) {
  const auto base = onnx_preset("clip");
  ASSERT_TRUE(base);
  const auto recipe = parse_onnx_recipe(R"({"licence": "MIT", "input": {"size": 336, "channels": "BGR", "layout": "NHWC"}})", *base);
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->input_size, 336);
  EXPECT_TRUE(recipe->bgr);
  EXPECT_EQ(recipe->input_layout, TensorLayout::kNhwc);
  EXPECT_EQ(recipe->output, "image_embeds");
  EXPECT_EQ(recipe->mean, base->mean);
  EXPECT_EQ(recipe->licence, "MIT");
}

TEST(OnnxRecipe, ADifferentPoolingForgetsThePresetsOutput) {
  const auto recipe = parse_onnx_recipe(R"({"output": {"pooling": "mean_token"}})", *onnx_preset("clip"));
  ASSERT_TRUE(recipe);
  EXPECT_EQ(recipe->output, "");
}

TEST(OnnxRecipe, WhatDoesNotFitIsNamed) {
  for (const auto& [text, named] : {std::pair{"", "JSON"},
                                    {"[]", "JSON"},
                                    {"{}", "'size'"},
                                    {R"({"input": 3})", "'input'"},
                                    {R"({"input": {"size": 15}})", "'size'"},
                                    {R"({"input": {"size": 32, "scale": 0}})", "'scale'"},
                                    {R"({"input": {"size": 32, "scale": "1"}})", "'scale'"},
                                    {R"({"input": {"size": 32, "crop": "left"}})", "'crop'"},
                                    {R"({"input": {"size": 32, "std": [1, 1, 0]}})", "'std'"},
                                    {R"({"input": {"size": 32}, "output": {"dim": 0}})", "'dim'"},
                                    {R"({"input": {"size": 32}, "licence_file": "a/b"})", "a/b"},
                                    {R"({"input": {"size": 32}, "typo": 1})", "'typo'"}}) {
    const auto recipe = parse_onnx_recipe(text, {});
    ASSERT_FALSE(recipe) << text;
    EXPECT_EQ(recipe.error().reason, "onnx_manifest");
    EXPECT_NE(recipe.error().message.find(named), std::string::npos) << recipe.error().message;
  }
}

}  // namespace
}  // namespace nozama
