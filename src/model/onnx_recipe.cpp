#include "model/onnx_recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "model/manifest_fields.h"

namespace nozama {
namespace {

using namespace manifest_fields;

constexpr std::array<double, 3> kImageNetMean = {0.485, 0.456, 0.406};
constexpr std::array<double, 3> kImageNetStd = {0.229, 0.224, 0.225};

struct Preset {
  std::string_view name;
  OnnxRecipe recipe;
};

OnnxRecipe convolutional(int size, double scale, std::array<double, 3> mean, std::array<double, 3> std) {
  OnnxRecipe recipe;
  recipe.input_size = size;
  recipe.scale = scale;
  recipe.mean = mean;
  recipe.std = std;
  recipe.pooling = Pooling::kGlobalAverage;
  return recipe;
}

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = [] {
    // Keras Applications and timm: −1 … 1.
    std::vector<Preset> list = {{"xception", convolutional(299, 1 / 127.5, {1, 1, 1}, {1, 1, 1})}};
    // torchvision's weights; Keras' VGG16 and ResNet-50 want BGR and other means, which a manifest can say.
    for (const std::string_view name : {"vgg16", "resnet50", "mobilenetv3"}) list.push_back({name, convolutional(224, 1.0 / 255, kImageNetMean, kImageNetStd)});
    // Radford et al. 2021, the published preprocessing; its crop is the whole short side.
    OnnxRecipe clip = convolutional(224, 1.0 / 255, {0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711});
    clip.crop_share = 1;
    clip.pooling = Pooling::kNone;
    clip.output = "image_embeds";
    list.push_back({"clip", clip});
    return list;
  }();
  return all;
}

template <class Value>
using Names = std::vector<std::pair<std::string_view, Value>>;

template <class Value>
Value one_of(const json::object& object, std::string_view field, const Names<Value>& names) {
  const std::string text = text_member(object, field);
  std::vector<std::string_view> allowed;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    allowed.push_back(name);
  }
  throw Misfit{fmt::format("'{}' is '{}', not one of {}", field, text, fmt::join(allowed, ", "))};
}

const Names<TensorLayout> kLayouts = {{"auto", TensorLayout::kAuto}, {"NCHW", TensorLayout::kNchw}, {"NHWC", TensorLayout::kNhwc}};
const Names<Pooling> kPoolings = {
    {"none", Pooling::kNone}, {"global_average", Pooling::kGlobalAverage}, {"cls_token", Pooling::kClassToken}, {"mean_token", Pooling::kMeanToken}};

double finite_number(const json::value& value, std::string_view field, double least, double most) {
  const double number = value.is_number() ? value.to_number<double>() : NAN;
  if (!(number >= least && number <= most)) throw Misfit{fmt::format("'{}' is not a number from {} to {}", field, least, most)};
  return number;
}

std::array<double, 3> channels(const json::object& object, std::string_view field, double least) {
  const json::array* list = member(object, field).if_array();
  if (list == nullptr || list->size() != 3) throw Misfit{fmt::format("'{}' is not a list of 3 numbers", field)};
  std::array<double, 3> values{};
  std::ranges::transform(*list, values.begin(), [&](const json::value& value) { return finite_number(value, field, least, 1e4); });
  return values;
}

void refuse_unknown(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& entry : object) {
    const std::string_view key(entry.key());
    if (std::ranges::find(known, key) == known.end()) throw Misfit{fmt::format("there is no field '{}'; the fields here are {}", key, fmt::join(known, ", "))};
  }
}

void read_input(const json::object& input, OnnxRecipe& recipe) {
  refuse_unknown(input, {"size", "layout", "channels", "scale", "mean", "std", "resize", "crop", "crop_share"});
  if (input.contains("size")) recipe.input_size = static_cast<int>(number_member(input, "size", 16, 2048));
  if (input.contains("layout")) recipe.input_layout = one_of(input, "layout", kLayouts);
  if (input.contains("channels")) recipe.bgr = one_of<bool>(input, "channels", {{"RGB", false}, {"BGR", true}});
  if (input.contains("scale")) recipe.scale = finite_number(input.at("scale"), "scale", 1e-6, 1e4);
  if (input.contains("mean")) recipe.mean = channels(input, "mean", -1e4);
  if (input.contains("std")) recipe.std = channels(input, "std", 1e-6);
  if (input.contains("resize")) require_text(input, "resize", "short_side");
  if (input.contains("crop")) require_text(input, "crop", "centre");
  if (input.contains("crop_share")) recipe.crop_share = finite_number(input.at("crop_share"), "crop_share", 0.1, 1);
}

void read_output(const json::object& output, OnnxRecipe& recipe) {
  refuse_unknown(output, {"name", "pooling", "layout", "dim", "logits"});
  if (output.contains("pooling")) {
    recipe.pooling = one_of(output, "pooling", kPoolings);
    recipe.output.clear();  // a preset's name belongs to its pooling
  }
  if (output.contains("name")) recipe.output = text_member(output, "name");
  if (output.contains("layout")) recipe.output_layout = one_of(output, "layout", kLayouts);
  if (output.contains("dim")) recipe.embedding_dim = static_cast<int>(number_member(output, "dim", 1, 1 << 16));
  if (output.contains("logits")) recipe.logits = text_member(output, "logits");
}

OnnxRecipe recipe_of(const json::object& root, OnnxRecipe recipe) {
  refuse_unknown(root, {"format", "title", "licence", "licence_file", "source", "input", "output"});
  if (root.contains("format")) number_member(root, "format", 1, 1);
  for (const auto& [field, value] : {std::pair{"title", &recipe.title}, {"licence", &recipe.licence}, {"source", &recipe.source}}) {
    if (root.contains(field)) *value = text_member(root, field);
  }
  if (root.contains("licence_file")) recipe.licence_file = file_name_member(root, "licence_file");
  if (root.contains("input")) read_input(object_member(root, "input"), recipe);
  if (root.contains("output")) read_output(object_member(root, "output"), recipe);
  if (recipe.input_size == 0) throw Misfit{"'input' has no 'size'"};
  return recipe;
}

std::unexpected<Error> misfit_error(std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, "onnx_manifest", fmt::format("the manifest of the ONNX file: {}; docs/models.md describes the fields", what));
}

}  // namespace

std::vector<std::string_view> onnx_presets() {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

Result<OnnxRecipe> onnx_preset(std::string_view name) {
  const auto preset = std::ranges::find(presets(), name, &Preset::name);
  if (preset != presets().end()) return preset->recipe;
  return fail(ErrorCode::kInvalidArgument, "onnx_preset", fmt::format("there is no preset '{}'; there are {}", name, fmt::join(onnx_presets(), ", ")));
}

Result<OnnxRecipe> parse_onnx_recipe(std::string_view text, const OnnxRecipe& base) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error || !root.is_object()) return misfit_error("it is not a JSON object");
  try {
    return recipe_of(root.get_object(), base);
  } catch (const Misfit& misfit) {
    return misfit_error(misfit.what);
  }
}

}  // namespace nozama
