// The Encoder that OpenVINO runs. OpenVINO's types and exceptions stay in this file.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <openvino/openvino.hpp>
#include <sstream>
#include <thread>

#include "base/log.h"
#include "model/bundle.h"
#include "model/compiled_cache.h"
#include "model/encoder.h"
#include "model/pooling.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDevice = "CPU";

bool has_capability(ov::Core& core, std::string_view name) {
  const auto capabilities = core.get_property(kDevice, ov::device::capabilities);
  return std::ranges::find(capabilities, name) != capabilities.end();
}

// Requests are few and made once: each has buffers of its own, so one is used by one thread at a time.
class RequestPool {
 public:
  RequestPool(ov::CompiledModel& model, size_t count) {
    for (size_t i = 0; i < count; ++i) free_.push_back(model.create_infer_request());
  }

  ov::InferRequest take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    ov::InferRequest request = std::move(free_.back());
    free_.pop_back();
    return request;
  }

  void give_back(ov::InferRequest request) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(request));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<ov::InferRequest> free_;
};

class Borrowed {
 public:
  explicit Borrowed(RequestPool& pool) : pool_(pool), request_(pool.take()) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { pool_.give_back(std::move(request_)); }
  ov::InferRequest& operator*() { return request_; }

 private:
  RequestPool& pool_;
  ov::InferRequest request_;
};

// A tensor that owns its bytes: compiled networks go on using the constants that they were made from.
ov::Tensor own(std::span<const std::byte> bytes) {
  ov::Tensor tensor(ov::element::u8, {bytes.size()});
  std::memcpy(tensor.data(), bytes.data(), bytes.size());
  return tensor;
}

std::vector<float> copy_out(const ov::Tensor& tensor) {
  const auto* first = tensor.data<const float>();
  return {first, first + tensor.get_size()};
}

// What only this output needs is then not computed.
void remove_output(ov::Model& model, const std::string& name) {
  const auto node = model.output(name).get_node_shared_ptr();
  model.remove_result(ov::as_type_ptr<ov::op::v0::Result>(node));
}

class OpenVinoEncoder final : public Encoder {
 public:
  OpenVinoEncoder(EncoderInfo info, ov::CompiledModel model, size_t at_once) : info_(std::move(info)), model_(std::move(model)), requests_(model_, at_once) {}

  const EncoderInfo& info() const override { return info_; }

 private:
  Result<Encoding> run(const Image& square, EncodeOutputs outputs) const override {
    try {
      Borrowed request(requests_);
      ov::Tensor input = (*request).get_input_tensor();
      if (square.rgb.size() != input.get_byte_size()) abort_with("a picture was prepared for another encoder");
      std::memcpy(input.data(), square.rgb.data(), square.rgb.size());
      (*request).infer();
      Encoding encoding;
      if (info_.feature_map.relations) {
        const ov::Tensor map = (*request).get_tensor("feature_map");
        encoding.embedding = pool_places({map.data<const float>(), map.get_size()}, info_.feature_map);
      } else {
        encoding.embedding = copy_out((*request).get_tensor("embedding"));
      }
      if (outputs.feature_map && info_.feature_map.channels > 0) encoding.feature_map = copy_out((*request).get_tensor("feature_map"));
      if (outputs.logits && info_.logit_count > 0) encoding.logits = copy_out((*request).get_tensor("logits"));
      return encoding;
    } catch (const std::exception& error) {
      return fail(ErrorCode::kInternal, "encoder_failed", fmt::format("running {}: {}", info_.id_text(), error.what()));
    }
  }

  EncoderInfo info_;
  ov::CompiledModel model_;
  mutable RequestPool requests_;
};

// Opens one bundle; a class only because its steps share so much.
class Opener {
 public:
  Opener(const fs::path& bundle_dir, const EncoderOptions& options, const BundleManifest& manifest)
      : bundle_dir_(bundle_dir), options_(options), manifest_(manifest), threads_(options.threads > 0 ? options.threads : processors_for_encoding()) {}

  Result<std::unique_ptr<Encoder>> open() {
    const auto precision = choose_precision();
    if (!precision) return propagate(precision);
    info_.id = {manifest_.name, manifest_.version, *precision};
    info_.input_size = manifest_.input_size;
    info_.crop_share = manifest_.crop_share;
    info_.embedding_dim = manifest_.embedding_dim;
    info_.feature_map = manifest_.feature_map;
    info_.logit_count = options_.logits ? manifest_.logit_count : 0;

    auto model = load_or_compile();
    if (!model) return propagate(model);
    const std::string lie = difference_from_manifest(*model);
    if (!lie.empty()) return bundle_damaged(bundle_dir_, lie);
    return std::make_unique<OpenVinoEncoder>(info_, std::move(*model), streams());
  }

 private:
  Result<Precision> choose_precision() const {
    using Choice = EncoderOptions::PrecisionChoice;
    switch (options_.precision) {
      case Choice::kF32: return Precision::kF32;
      case Choice::kAuto: return precision_supported(Precision::kBf16) ? Precision::kBf16 : Precision::kF32;
      case Choice::kBf16:
        if (precision_supported(Precision::kBf16)) return Precision::kBf16;
        return fail(ErrorCode::kUnsupported, "precision_unsupported", "this processor does not compute bf16; use f32");
      case Choice::kInt8:
        if (manifest_.find_variant(Precision::kInt8) == nullptr) {
          return fail(ErrorCode::kUnsupported, "precision_unsupported", fmt::format("the encoder bundle {} has no int8 network; use f32", manifest_.name));
        }
        if (precision_supported(Precision::kInt8)) return Precision::kInt8;
        return fail(ErrorCode::kUnsupported, "precision_unsupported", "this processor does not compute int8; use f32");
    }
    abort_with("a choice of precision that open() does not know");
  }

  size_t streams() const { return options_.mode == EncoderOptions::Mode::kThroughput ? threads_ : 1; }

  ov::AnyMap properties() const {
    return {
        ov::hint::inference_precision(info_.id.precision == Precision::kBf16 ? ov::element::bf16 : ov::element::f32),
        ov::hint::performance_mode(streams() > 1 ? ov::hint::PerformanceMode::THROUGHPUT : ov::hint::PerformanceMode::LATENCY),
        ov::num_streams(static_cast<int32_t>(streams())),
        ov::inference_num_threads(static_cast<int32_t>(threads_)),
        // Pinned threads of two programs on one machine can end up on the same core.
        ov::hint::enable_cpu_pinning(false),
    };
  }

  CompiledKey cache_key() {
    CompiledKey key;
    key.family = fmt::format("{}@{}-{}-{}x{}{}", manifest_.name, manifest_.version, precision_name(info_.id.precision), threads_, streams(),
                             options_.logits ? "-logits" : "");
    key.inputs = fmt::format("{} {}", ov::get_openvino_version().buildNumber, core_.get_property(kDevice, ov::device::full_name));
    for (const std::string& capability : core_.get_property(kDevice, ov::device::capabilities)) key.inputs += ' ' + capability;
    for (const BundleFile& file : manifest_.files) key.inputs += ' ' + file.sha256;
    return key;
  }

  Result<ov::CompiledModel> load_or_compile() {
    const CompiledCache cache(options_.cache_dir);
    const CompiledKey key = cache_key();
    if (const auto stored = cache.load(key)) {
      try {
        return core_.import_model(own(*stored), kDevice, properties());
      } catch (const std::exception& error) {
        log_warning("model_cache_not_usable", {{"encoder", info_.id_text()}, {"error", error.what()}});
        cache.remove(key);
      }
    }
    auto model = compile();
    if (model && !options_.cache_dir.empty()) keep(cache, key, *model);
    return model;
  }

  Result<ov::CompiledModel> compile() {
    const BundleVariant* variant = manifest_.find_variant(info_.id.precision);
    const std::string& model_file = variant != nullptr ? variant->model_file : manifest_.model_file;
    const auto graph = read_bundle_file(bundle_dir_, manifest_, model_file);
    if (!graph) return propagate(graph);
    const auto weights = read_bundle_file(bundle_dir_, manifest_, variant != nullptr ? variant->weights_file : manifest_.weights_file);
    if (!weights) return propagate(weights);
    try {
      const std::string text(reinterpret_cast<const char*>(graph->data()), graph->size());
      const auto model = core_.read_model(text, own(*weights));
      if (!options_.logits && manifest_.logit_count > 0) remove_output(*model, "logits");
      return core_.compile_model(model, kDevice, properties());
    } catch (const std::exception& error) {
      return bundle_damaged(bundle_dir_, fmt::format("OpenVINO cannot use {}: {}", model_file, error.what()));
    }
  }

  void keep(const CompiledCache& cache, const CompiledKey& key, ov::CompiledModel& model) {
    try {
      std::ostringstream stream;
      model.export_model(stream);
      const std::string blob = std::move(stream).str();
      const auto bytes = std::as_bytes(std::span(blob));
      cache.store(key, {bytes.begin(), bytes.end()});
    } catch (const std::exception& error) {
      log_warning("model_cache_not_written", {{"encoder", info_.id_text()}, {"error", error.what()}});
    }
  }

  // Empty when the network is what the manifest says.
  std::string difference_from_manifest(ov::CompiledModel& model) const {
    const auto extent = [](int value) { return static_cast<size_t>(value); };
    const ov::Shape input = {1, extent(info_.input_size), extent(info_.input_size), 3};
    const FeatureMapShape& map = info_.feature_map;
    std::vector<std::pair<std::string, ov::Shape>> outputs;
    if (!map.relations) outputs.push_back({"embedding", {1, extent(info_.embedding_dim)}});
    if (map.channels > 0) outputs.push_back({"feature_map", {1, extent(map.channels), extent(map.height), extent(map.width)}});
    if (info_.logit_count > 0) outputs.push_back({"logits", {1, extent(info_.logit_count)}});
    try {
      if (model.inputs().size() != 1 || model.input().get_element_type() != ov::element::u8) return "the network does not take one picture of bytes";
      if (model.input().get_shape() != input)
        return fmt::format("the network takes {} instead of {}", model.input().get_shape().to_string(), input.to_string());
      for (const auto& [name, shape] : outputs) {
        const auto& port = model.output(name);
        if (port.get_element_type() != ov::element::f32 || port.get_shape() != shape) {
          return fmt::format("the network's {} is {} instead of {}", name, port.get_shape().to_string(), shape.to_string());
        }
      }
    } catch (const std::exception&) {
      return "the network does not have the outputs of the manifest";
    }
    return {};
  }

  const fs::path& bundle_dir_;
  const EncoderOptions& options_;
  const BundleManifest& manifest_;
  size_t threads_;
  ov::Core core_;
  EncoderInfo info_;
};

}  // namespace

size_t processors_for_encoding() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
  return std::max(1U, std::thread::hardware_concurrency());
}

bool precision_supported(Precision precision) {
  if (precision == Precision::kF32) return true;
  try {
    ov::Core core;
    return has_capability(core, precision == Precision::kBf16 ? ov::device::capability::BF16 : ov::device::capability::INT8);
  } catch (const std::exception&) {
    return false;
  }
}

Result<std::unique_ptr<Encoder>> open_encoder(const fs::path& bundle_dir, const EncoderOptions& options) {
  const auto manifest = read_bundle_manifest(bundle_dir);
  if (!manifest) return propagate(manifest);
  try {
    return Opener(bundle_dir, options, *manifest).open();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kUnavailable, "inference_unavailable",
                fmt::format("OpenVINO does not start: {}; its libraries must lie beside the program as they were installed", error.what()));
  }
}

}  // namespace nozama
