#include "model/onnx_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFileBytesMax = size_t{2} << 30;  // what a protobuf can have
constexpr uintmax_t kAllBytesMax = uintmax_t{4} << 30;
constexpr size_t kNodesMax = 200'000;
constexpr size_t kNamesMax = 10'000;
constexpr int kDepthMax = 64;

// A message that breaks the rules; it does not leave this file.
struct Damage {
  ErrorCode code;
  std::string what;
};

[[noreturn]] void damaged(std::string what) { throw Damage{ErrorCode::kCorrupt, std::move(what)}; }
[[noreturn]] void over_limit(std::string what) { throw Damage{ErrorCode::kTooLarge, std::move(what)}; }

struct Field {
  uint32_t number = 0;
  uint64_t value = 0;        // of a varint
  std::string_view payload;  // of what has a length
  bool has_payload = false;
};

// https://protobuf.dev/programming-guides/encoding
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const uint64_t tag = varint();
    Field field;
    field.number = static_cast<uint32_t>(tag >> 3);
    if (tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) damaged("a field has no number");
    switch (tag & 7) {
      case 0: field.value = varint(); break;
      case 1: take(8); break;
      case 2:
        field.payload = take(varint());
        field.has_payload = true;
        break;
      case 5: take(4); break;
      default: damaged("a field has an unknown type");
    }
    return field;
  }

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    damaged("a number is too long");
  }

  std::string_view take(uint64_t size) {
    if (size > rest_.size()) damaged("it ends in the middle of a field");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

// Field numbers of onnx/onnx.proto.
enum ModelField { kModelIrVersion = 1, kModelGraph = 7, kModelOpset = 8, kModelFunctions = 25 };
enum GraphField { kGraphNode = 1, kGraphInitializer = 5, kGraphSparseInitializer = 15 };
enum NodeField { kNodeOperator = 4, kNodeAttribute = 5, kNodeDomain = 7 };
enum AttributeField { kAttributeTensor = 5, kAttributeGraph = 6, kAttributeTensors = 10, kAttributeGraphs = 11, kAttributeSparse = 22, kAttributeSparses = 23 };
enum TensorField { kTensorExternalData = 13 };
enum SparseField { kSparseValues = 1, kSparseIndices = 2 };
enum FunctionField { kFunctionNode = 7 };

class Walk {
 public:
  OnnxSummary run(std::string_view bytes) {
    bool has_version = false, has_graph = false;
    Message model(bytes);
    while (const auto field = model.next()) {
      has_version = has_version || field->number == kModelIrVersion;
      if (field->number == kModelOpset) read_opset(*field);
      if (field->number == kModelGraph) {
        has_graph = true;
        read_graph(payload(*field), 0);
      }
      if (field->number == kModelFunctions) read_function(payload(*field));
    }
    if (!has_version || !has_graph) damaged("it has no graph");
    if (summary_.node_count == 0) damaged("its graph has no operators");
    return std::move(summary_);
  }

 private:
  static std::string_view payload(const Field& field) {
    if (!field.has_payload) damaged("a message is a number");
    return field.payload;
  }

  void read_opset(const Field& field) {
    std::string_view domain;
    uint64_t version = 0;
    Message opset(payload(field));
    while (const auto inner = opset.next()) {
      if (inner->number == 1) domain = payload(*inner);
      if (inner->number == 2) version = inner->value;
    }
    if (domain.empty() || domain == "ai.onnx") summary_.opset = static_cast<int64_t>(version);
  }

  void read_graph(std::string_view bytes, int depth) {
    if (depth > kDepthMax) over_limit("graphs are nested too deeply");
    Message graph(bytes);
    while (const auto field = graph.next()) {
      if (field->number == kGraphNode) read_node(payload(*field), depth);
      if (field->number == kGraphInitializer) read_tensor(payload(*field));
      if (field->number == kGraphSparseInitializer) read_sparse(payload(*field));
    }
  }

  void read_function(std::string_view bytes) {
    Message function(bytes);
    while (const auto field = function.next()) {
      if (field->number == kFunctionNode) read_node(payload(*field), 0);
    }
  }

  void read_node(std::string_view bytes, int depth) {
    if (++summary_.node_count > kNodesMax) over_limit(fmt::format("it has more than {} operators", kNodesMax));
    std::string_view operation, domain;
    Message node(bytes);
    while (const auto field = node.next()) {
      if (field->number == kNodeOperator) operation = payload(*field);
      if (field->number == kNodeDomain) domain = payload(*field);
      if (field->number == kNodeAttribute) read_attribute(payload(*field), depth);
    }
    std::string name(operation);
    if (!domain.empty() && domain != "ai.onnx") name = fmt::format("{}.{}", domain, operation);
    keep(summary_.operators, std::move(name));
  }

  void read_attribute(std::string_view bytes, int depth) {
    Message attribute(bytes);
    while (const auto field = attribute.next()) {
      switch (field->number) {
        case kAttributeTensor:
        case kAttributeTensors: read_tensor(payload(*field)); break;
        case kAttributeGraph:
        case kAttributeGraphs: read_graph(payload(*field), depth + 1); break;
        case kAttributeSparse:
        case kAttributeSparses: read_sparse(payload(*field)); break;
        default: break;
      }
    }
  }

  void read_sparse(std::string_view bytes) {
    Message sparse(bytes);
    while (const auto field = sparse.next()) {
      if (field->number == kSparseValues || field->number == kSparseIndices) read_tensor(payload(*field));
    }
  }

  void read_tensor(std::string_view bytes) {
    Message tensor(bytes);
    while (const auto field = tensor.next()) {
      if (field->number == kTensorExternalData) read_external(payload(*field));
    }
  }

  void read_external(std::string_view bytes) {
    std::string_view key, value;
    Message entry(bytes);
    while (const auto field = entry.next()) {
      if (field->number == 1) key = payload(*field);
      if (field->number == 2) value = payload(*field);
    }
    if (key == "location") keep(summary_.external_files, std::string(value));
  }

  static void keep(std::set<std::string>& names, std::string name) {
    names.insert(std::move(name));
    if (names.size() > kNamesMax) over_limit("it names too many files or operators");
  }

  OnnxSummary summary_;
};

Status check_external_file(const fs::path& folder, const std::string& written, uintmax_t& bytes) {
  const fs::path relative(written);
  const auto leads_out = [&] {
    return fail(ErrorCode::kInvalidArgument, "onnx_external_path",
                fmt::format("the ONNX file keeps weights in '{}', which leads out of its folder; put that file beside it and export again", written));
  };
  if (written.empty() || relative.is_absolute() || written.find('\0') != std::string::npos) return leads_out();
  for (const fs::path& part : relative) {
    if (part == "..") return leads_out();
  }
  std::error_code error;
  const fs::path inside = fs::canonical(folder, error);
  const fs::path target = error ? fs::path() : fs::canonical(folder / relative, error);
  if (error || !fs::is_regular_file(target, error)) {
    return fail(ErrorCode::kNotFound, "onnx_external_missing",
                fmt::format("the ONNX file keeps weights in '{}', which is not there; put it beside the ONNX file", written));
  }
  if (std::ranges::mismatch(inside, target).in1 != inside.end()) return leads_out();
  bytes += fs::file_size(target, error);
  if (bytes > kAllBytesMax) return fail(ErrorCode::kTooLarge, "onnx_limit", "the ONNX file and its weights have more than 4 GiB");
  return {};
}

}  // namespace

Result<OnnxSummary> summarise_onnx(std::span<const std::byte> bytes) {
  try {
    return Walk().run(as_text(bytes));
  } catch (const Damage& damage) {
    if (damage.code == ErrorCode::kTooLarge) return fail(ErrorCode::kTooLarge, "onnx_limit", fmt::format("the ONNX file is refused: {}", damage.what));
    return fail(ErrorCode::kCorrupt, "onnx_damaged", fmt::format("this is not an ONNX file, or a damaged one: {}; export it again", damage.what));
  }
}

Result<OnnxSummary> examine_onnx_file(const fs::path& path) {
  const auto bytes = read_file(path, kFileBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kTooLarge) {
    return fail(ErrorCode::kTooLarge, "onnx_limit", fmt::format("{} has more than 2 GiB; keep its weights in files beside it", path.string()));
  }
  if (!bytes) return propagate(bytes);
  auto summary = summarise_onnx(*bytes);
  if (!summary) return propagate(summary, path.string());
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  uintmax_t total = bytes->size();
  for (const std::string& file : summary->external_files) {
    const Status sound = check_external_file(folder, file, total);
    if (!sound) return propagate(sound);
  }
  return summary;
}

}  // namespace nozama
