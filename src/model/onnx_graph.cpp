// Reads ONNX through OpenVINO. OpenVINO's types and exceptions stay in this file.
#include "model/onnx_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <set>

namespace nozama {
namespace {

namespace fs = std::filesystem;
namespace op = ov::opset13;

using NodeOutput = ov::Output<ov::Node>;

// A graph that is not what the recipe says; it does not leave this file.
struct Contradiction {
  ErrorCode code;
  std::string reason, message;
};

[[noreturn]] void contradiction(std::string reason, std::string message) {
  throw Contradiction{ErrorCode::kInvalidArgument, std::move(reason), std::move(message)};
}

std::shared_ptr<op::Constant> numbers(const std::vector<int64_t>& values) { return op::Constant::create(ov::element::i64, {values.size()}, values); }

std::shared_ptr<op::Constant> by_channel(const std::array<double, 3>& values) {
  return op::Constant::create(ov::element::f32, {1, 1, 1, 3}, std::vector<float>(values.begin(), values.end()));
}

class Converter {
 public:
  Converter(std::shared_ptr<ov::Model> model, const OnnxRecipe& recipe) : model_(std::move(model)), recipe_(recipe) {}

  std::shared_ptr<ov::Model> run(ConvertedOnnx& shapes) {
    fix_input_shape();
    // Found before the input is replaced: looking for the last pooling follows the graph as it was exported.
    const NodeOutput source = find_source();
    const NodeOutput logits = recipe_.logits.empty() ? NodeOutput() : output_named(recipe_.logits);
    const auto picture = build_in_preprocessing();
    for (const auto& node : model_->get_ops()) {
      for (auto& output : node->outputs()) output.set_names({});
    }
    ov::ResultVector results = pool(scaled(as_f32(source)), shapes);
    if (logits.get_node_shared_ptr() != nullptr) {
      shapes.logit_count = flat_size(logits, "logits");
      results.push_back(result(flattened(as_f32(logits), shapes.logit_count), "logits"));
    }
    check_claims(shapes);
    auto converted = std::make_shared<ov::Model>(results, ov::ParameterVector{picture}, "encoder");
    converted->validate_nodes_and_infer_types();
    return converted;
  }

 private:
  void fix_input_shape() {
    if (model_->inputs().size() != 1) {
      contradiction("onnx_shape",
                    fmt::format("the graph has {} inputs, but an image encoder takes one; export the image tower alone", model_->inputs().size()));
    }
    const ov::PartialShape shape = model_->input().get_partial_shape();
    if (shape.rank().is_dynamic() || shape.size() != 4)
      contradiction("onnx_shape", fmt::format("the graph's input is {}, not a picture with 4 axes", shape.to_string()));
    nhwc_ = recipe_.input_layout == TensorLayout::kNhwc || (recipe_.input_layout == TensorLayout::kAuto && !shape[1].compatible(3) && shape[3].compatible(3));
    const auto size = static_cast<int64_t>(recipe_.input_size);
    const ov::PartialShape wanted = nhwc_ ? ov::PartialShape{1, size, size, 3} : ov::PartialShape{1, 3, size, size};
    // A batch that was exported as a number may still be changed; the other axes are the network's own.
    ov::PartialShape but_batch = shape;
    but_batch[0] = 1;
    if (!but_batch.compatible(wanted)) {
      contradiction("onnx_shape", fmt::format("the graph's input is {}, but the manifest or preset says {} ({}, {} pixels)", shape.to_string(),
                                              wanted.to_string(), nhwc_ ? "NHWC" : "NCHW", recipe_.input_size));
    }
    try {
      model_->reshape(wanted);
    } catch (const std::exception& error) {
      contradiction("onnx_shape", fmt::format("the graph cannot take one picture of {} × {} pixels: {}", size, size, last_line(error.what())));
    }
  }

  std::shared_ptr<op::Parameter> build_in_preprocessing() {
    const auto size = static_cast<size_t>(recipe_.input_size);
    auto picture = std::make_shared<op::Parameter>(ov::element::u8, ov::Shape{1, size, size, 3});
    picture->set_friendly_name("image");
    NodeOutput x = std::make_shared<op::Convert>(picture, ov::element::f32);
    if (recipe_.bgr) x = std::make_shared<op::Gather>(x, numbers({2, 1, 0}), op::Constant::create(ov::element::i64, {}, {3}));
    std::array<double, 3> factor{}, shift{};
    for (size_t i = 0; i < 3; ++i) factor[i] = recipe_.scale / recipe_.std[i], shift[i] = -recipe_.mean[i] / recipe_.std[i];
    x = std::make_shared<op::Add>(std::make_shared<op::Multiply>(x, by_channel(factor)), by_channel(shift));
    if (!nhwc_) x = std::make_shared<op::Transpose>(x, numbers({0, 3, 1, 2}));
    const auto parameter = model_->get_parameters().front();
    const ov::element::Type type = parameter->get_element_type();
    if (!type.is_real()) contradiction("onnx_shape", fmt::format("the graph's input is of type {}, not of numbers with a fraction", type.to_string()));
    if (type != ov::element::f32) x = std::make_shared<op::Convert>(x, type);
    parameter->output(0).replace(x);
    return picture;
  }

  std::string output_list() const {
    std::vector<std::string> list;
    for (const auto& output : model_->outputs())
      list.push_back(fmt::format("{} {}", fmt::join(output.get_names(), "/"), output.get_partial_shape().to_string()));
    return fmt::format("{}", fmt::join(list, ", "));
  }

  // Any tensor of the file, not only its outputs.
  NodeOutput output_named(const std::string& name) const {
    for (const auto& node : model_->get_ordered_ops()) {
      for (const auto& output : node->outputs()) {
        if (output.get_names().contains(name)) {
          const bool is_result = std::dynamic_pointer_cast<op::Result>(node) != nullptr;
          return is_result ? node->input_value(0) : output;
        }
      }
    }
    contradiction("onnx_output", fmt::format("the graph has no tensor '{}'; its outputs are {}", name, output_list()));
  }

  NodeOutput find_source() const {
    if (!recipe_.output.empty()) return output_named(recipe_.output);
    if (recipe_.pooling == Pooling::kGlobalAverage) {
      for (const auto& output : model_->outputs()) {
        if (is_map(output)) return output.get_node_shared_ptr()->input_value(0);
      }
      const NodeOutput pooled = input_of_last_global_average();
      if (pooled.get_node_shared_ptr() != nullptr) return pooled;
      contradiction("onnx_output", fmt::format("the graph has no global average to take the feature map from; name the tensor in the manifest ('output': "
                                               "{{'name': …}}); its outputs are {}",
                                               output_list()));
    }
    if (model_->outputs().size() != 1) {
      contradiction("onnx_output", fmt::format("the graph has {} outputs; name the one to use in the manifest ('output': {{'name': …}}): {}",
                                               model_->outputs().size(), output_list()));
    }
    return model_->output().get_node_shared_ptr()->input_value(0);
  }

  static bool is_map(const NodeOutput& output) {
    const ov::PartialShape shape = output.get_partial_shape();
    if (shape.is_dynamic() || shape.size() != 4) return false;
    return std::ranges::count_if(shape, [](const ov::Dimension& extent) { return extent.get_length() > 1; }) >= 3;
  }

  // Squeeze-and-excitation pools too, so the last one in the order of computation is meant.
  NodeOutput input_of_last_global_average() const {
    NodeOutput found;
    for (const auto& node : model_->get_ordered_ops()) {
      const auto mean = std::dynamic_pointer_cast<op::ReduceMean>(node);
      const bool averages = mean != nullptr && mean->get_reduction_axes().size() == 2;
      if ((averages || is_whole_average_pool(*node)) && is_map(node->input_value(0))) found = node->input_value(0);
    }
    return found;
  }

  static bool is_whole_average_pool(const ov::Node& node) {
    if (std::string_view(node.get_type_name()) != "AvgPool") return false;
    const ov::PartialShape shape = node.get_output_partial_shape(0);
    return shape.is_static() && shape.size() == 4 && shape[2] == 1 && shape[3] == 1;
  }

  NodeOutput scaled(const NodeOutput& output) const {
    if (recipe_.output_scale == 1) return output;
    return std::make_shared<op::Multiply>(output, op::Constant::create(ov::element::f32, {}, {recipe_.output_scale}));
  }

  static NodeOutput as_f32(const NodeOutput& output) {
    if (output.get_element_type() == ov::element::f32) return output;
    return std::make_shared<op::Convert>(output, ov::element::f32);
  }

  static ov::Shape static_shape(const NodeOutput& output) {
    if (output.get_partial_shape().is_dynamic()) {
      contradiction("onnx_shape", fmt::format("the output's shape {} is not known before it runs; export the graph for pictures of one size",
                                              output.get_partial_shape().to_string()));
    }
    return output.get_shape();
  }

  // [1, n] or [1, n, 1, 1] → n.
  static int flat_size(const NodeOutput& output, std::string_view what) {
    const ov::Shape shape = static_shape(output);
    const size_t size = ov::shape_size(shape);
    if (shape.empty() || shape[0] != 1 || size < 2 || size > (1 << 16) || *std::ranges::max_element(shape) != size) {
      contradiction("onnx_shape",
                    fmt::format("{} has the shape {}, not one row of numbers; choose another 'name' or 'pooling' in the manifest", what, shape.to_string()));
    }
    return static_cast<int>(size);
  }

  static NodeOutput flattened(const NodeOutput& output, int size) { return std::make_shared<op::Reshape>(output, numbers({1, size}), false); }

  static std::shared_ptr<op::Result> result(const NodeOutput& output, const std::string& name) {
    // A node of its own: one tensor may be several outputs.
    const auto named = std::make_shared<op::Reshape>(output, op::Constant::create(ov::element::i64, {output.get_shape().size()}, output.get_shape()), false);
    named->set_friendly_name(name);
    named->output(0).set_names({name});
    return std::make_shared<op::Result>(named);
  }

  ov::ResultVector pool(const NodeOutput& source, ConvertedOnnx& shapes) const {
    if (recipe_.pooling == Pooling::kGlobalAverage) return pool_map(source, shapes);
    NodeOutput embedding = source;
    if (recipe_.pooling != Pooling::kNone) {
      const ov::Shape shape = static_shape(source);
      if (shape.size() != 3 || shape[0] != 1)
        contradiction("onnx_shape", fmt::format("tokens have the shape 1 × count × dim, but the output is {}", shape.to_string()));
      const auto first = op::Constant::create(ov::element::i64, {}, {0}), axis = op::Constant::create(ov::element::i64, {}, {1});
      if (recipe_.pooling == Pooling::kClassToken)
        embedding = std::make_shared<op::Gather>(source, first, axis);
      else
        embedding = std::make_shared<op::ReduceMean>(source, numbers({1}), false);
    }
    shapes.embedding_dim = flat_size(embedding, "the embedding");
    return {result(flattened(embedding, shapes.embedding_dim), "embedding")};
  }

  ov::ResultVector pool_map(const NodeOutput& source, ConvertedOnnx& shapes) const {
    const ov::Shape shape = static_shape(source);
    if (shape.size() != 4 || shape[0] != 1) {
      contradiction(
          "onnx_shape",
          fmt::format("a global average needs a feature map with 4 axes, but the output is {}; choose 'pooling': 'none' or another 'name'", shape.to_string()));
    }
    const bool channels_last =
        recipe_.output_layout == TensorLayout::kNhwc || (recipe_.output_layout == TensorLayout::kAuto && shape[1] == shape[2] && shape[2] != shape[3]);
    NodeOutput map = source;
    if (channels_last) map = std::make_shared<op::Transpose>(source, numbers({0, 3, 1, 2}));
    const ov::Shape planar = map.get_shape();
    if (*std::ranges::max_element(planar) > (1 << 16)) contradiction("onnx_shape", fmt::format("the feature map {} is too large", planar.to_string()));
    shapes.feature_map = {static_cast<int>(planar[1]), static_cast<int>(planar[2]), static_cast<int>(planar[3])};
    shapes.embedding_dim = shapes.feature_map.channels;
    const NodeOutput mean = std::make_shared<op::ReduceMean>(map, numbers({2, 3}), false);
    return {result(mean, "embedding"), result(map, "feature_map")};
  }

  void check_claims(const ConvertedOnnx& shapes) const {
    if (recipe_.embedding_dim > 0 && recipe_.embedding_dim != shapes.embedding_dim) {
      contradiction("onnx_shape", fmt::format("the graph's embedding has {} numbers, but the manifest says {}", shapes.embedding_dim, recipe_.embedding_dim));
    }
  }

 public:
  // OpenVINO says what is wrong last, below where in its code it noticed.
  static std::string last_line(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    if (const size_t at = text.rfind('\n'); at != std::string_view::npos) text.remove_prefix(at + 1);
    if (text.starts_with("-- ")) text.remove_prefix(3);
    return std::string(text.substr(0, 300));
  }

 private:
  std::shared_ptr<ov::Model> model_;
  const OnnxRecipe& recipe_;
  bool nhwc_ = false;
};

// OpenVINO lists them in its message, one after each of these words.
std::string unsupported_operators(std::string_view message) {
  std::set<std::string> names;
  constexpr std::string_view kMark = "No conversion rule found for operations: ";
  for (size_t at = message.find(kMark); at != std::string_view::npos; at = message.find(kMark, at + 1)) {
    const size_t start = at + kMark.size();
    names.insert(std::string(message.substr(start, message.find('\n', start) - start)));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<ConvertedOnnx> convert_onnx(const fs::path& onnx_file, const OnnxRecipe& recipe, const fs::path& out_dir) {
  std::shared_ptr<ov::Model> model;
  try {
    model = ov::Core().read_model(onnx_file);
  } catch (const std::exception& error) {
    const std::string_view message = error.what();
    if (const std::string names = unsupported_operators(message); !names.empty()) {
      return fail(ErrorCode::kUnsupported, "onnx_operator",
                  fmt::format("{} uses operators that OpenVINO does not have: {}; export it with standard operators only", onnx_file.string(), names));
    }
    return fail(ErrorCode::kCorrupt, "onnx_damaged",
                fmt::format("OpenVINO cannot read {}: {}; export it again", onnx_file.string(), Converter::last_line(message)));
  }
  try {
    ConvertedOnnx shapes;
    const auto converted = Converter(std::move(model), recipe).run(shapes);
    ov::save_model(converted, out_dir / "model.xml", false);
    return shapes;
  } catch (const Contradiction& found) {
    return fail(found.code, found.reason, found.message);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "onnx_shape",
                fmt::format("the manifest or preset does not fit {}: {}", onnx_file.string(), Converter::last_line(error.what())));
  }
}

}  // namespace nozama
