#include "model/onnx_bundle.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/hash.h"
#include "model/encoder.h"
#include "model/onnx_file.h"
#include "model/onnx_graph.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr size_t kLicenceBytesMax = 1 << 20;

// Removed on the way out unless it was put in its place.
class AsideFolder {
 public:
  static Result<AsideFolder> make(const fs::path& models_dir, const std::string& name) {
    std::string pattern = (models_dir / fmt::format(".{}-XXXXXX", name)).string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return fail(ErrorCode::kUnavailable, "models_not_writable",
                  fmt::format("cannot write to the folder of encoder bundles {}: {}; name another with --models", models_dir.string(), std::strerror(errno)));
    }
    return AsideFolder(pattern);
  }

  AsideFolder(AsideFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  AsideFolder(const AsideFolder&) = delete;
  ~AsideFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

  Status put_in_place(const fs::path& target) {
    std::error_code error;
    fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec, error);
    fs::rename(path_, target, error);  // fails where a folder with files has the name by now
    if (error) return fail(ErrorCode::kUnavailable, "models_not_writable", fmt::format("putting the bundle at {}: {}", target.string(), error.message()));
    path_.clear();
    return {};
  }

 private:
  explicit AsideFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

Status check_licence(const std::string& licence) {
  if (licence.empty()) {
    return fail(ErrorCode::kInvalidArgument, "licence_missing",
                "the model has no licence; name the one of its weights as an SPDX id (--licence Apache-2.0, or 'licence' in the manifest)");
  }
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::strchr("-.+:() ", c) != nullptr;
  };
  if (licence.size() <= 200 && std::ranges::all_of(licence, allowed)) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_licence", fmt::format("'{}' is not an SPDX id such as MIT or Apache-2.0", licence));
}

Status check_request(const OnnxBundleRequest& request) {
  if (const auto id = parse_encoder_id(fmt::format("{}@1/f32", request.name)); !id) {
    return fail(ErrorCode::kInvalidArgument, "bad_encoder_id", fmt::format("'{}' is not a name for a bundle: a-z, 0-9, '-', '_' and '.'", request.name));
  }
  if (const Status licence = check_licence(request.recipe.licence); !licence) return licence;
  std::error_code error;
  if (fs::exists(request.models_dir / request.name, error)) {
    return fail(ErrorCode::kConflict, "bundle_exists",
                fmt::format("there is an encoder bundle {} already; choose another --name, or delete that folder if no catalogue uses it",
                            (request.models_dir / request.name).string()));
  }
  return {};
}

Result<std::string> licence_text(const OnnxBundleRequest& request) {
  if (request.recipe.licence_file.empty()) return fmt::format("SPDX-License-Identifier: {}\n", request.recipe.licence);
  return read_text_file(request.licence_dir / request.recipe.licence_file, kLicenceBytesMax);
}

json::value input_json(const OnnxRecipe& recipe) {
  const auto list = [](const std::array<double, 3>& values) { return json::array(values.begin(), values.end()); };
  return json::object{{"name", "image"},
                      {"layout", "NHWC"},
                      {"type", "u8"},
                      {"channels", "RGB"},
                      {"size", recipe.input_size},
                      {"resize", "short_side"},
                      {"crop", "centre"},
                      {"crop_share", recipe.crop_share},
                      {"normalisation", json::object{{"channels", recipe.bgr ? "BGR" : "RGB"},
                                                     {"scale", recipe.scale},
                                                     {"mean", list(recipe.mean)},
                                                     {"std", list(recipe.std)},
                                                     {"where", "inside the network"}}}};
}

json::value outputs_json(const ConvertedOnnx& shapes, double scale) {
  const FeatureMapShape& map = shapes.feature_map;
  json::object outputs = {{"embedding", {{"name", "embedding"}, {"shape", json::array{shapes.embedding_dim}}, {"scale", scale}}}};
  if (map.channels > 0) outputs["feature_map"] = {{"name", "feature_map"}, {"shape", json::array{map.channels, map.height, map.width}}};
  if (shapes.logit_count > 0) outputs["logits"] = {{"name", "logits"}, {"shape", json::array{shapes.logit_count}}};
  return outputs;
}

// A power of two that brings the largest number of an embedding near 8, or 1 where it is fine: half precision, in which catalogues
// keep embeddings, ends at 65,504, and other pictures may have larger numbers.
double scale_for(double largest) {
  if (largest > 1.0 / 16 && largest < 1024) return 1;
  return std::exp2(std::round(std::log2(8 / largest)));
}

class Maker {
 public:
  Maker(const OnnxBundleRequest& request, const fs::path& folder) : request_(request), folder_(folder) {}

  Result<BundleManifest> make(const OnnxSummary& summary) {
    if (const Status done = write(summary); !done) return propagate(done);
    const auto largest = try_it();
    if (!largest) return propagate(largest);
    request_.recipe.output_scale = scale_for(*largest);
    if (request_.recipe.output_scale != 1) {
      if (const Status done = write(summary); !done) return propagate(done);
      if (const auto again = try_it(); !again) return propagate(again);
    }
    return read_bundle_manifest(folder_);
  }

 private:
  Status write(const OnnxSummary& summary) const {
    const auto shapes = convert_onnx(request_.onnx_file, request_.recipe, folder_);
    if (!shapes) return propagate(shapes);
    const auto licence = licence_text(request_);
    if (!licence) return propagate(licence, "the licence's text");
    if (const Status written = write_file_atomic(folder_ / "LICENSE", as_byte_span(*licence)); !written) return propagate(written);
    const auto source = read_file(request_.onnx_file);
    if (!source) return propagate(source);
    const auto text = manifest_text(*shapes, summary, sha256_hex(*source));
    if (!text) return propagate(text);
    return write_file_atomic(folder_ / "manifest.json", as_byte_span(*text));
  }

  Result<std::string> manifest_text(const ConvertedOnnx& shapes, const OnnxSummary& summary, const std::string& source_sha256) const {
    json::array files;
    std::string digests;
    for (const char* name : {"LICENSE", "model.bin", "model.xml"}) {
      const auto bytes = read_file(folder_ / name);
      if (!bytes) return propagate(bytes);
      const std::string digest = sha256_hex(*bytes);
      if (std::string_view(name) != "LICENSE") digests += digest;
      files.push_back({{"name", name}, {"bytes", bytes->size()}, {"sha256", digest}});
    }
    const OnnxRecipe& recipe = request_.recipe;
    const std::string file_name = request_.onnx_file.filename().string();
    const json::object manifest = {
        {"format", 1},
        {"name", request_.name},
        // Other weights or another preparation of the picture give other numbers, and so another version.
        {"version", sha256_hex(as_byte_span(digests)).substr(0, 12)},
        {"title", recipe.title.empty() ? request_.name : recipe.title},
        {"licence", recipe.licence},
        {"source",
         {{"package", recipe.source.empty() ? file_name : recipe.source},
          {"version", "sha256:" + source_sha256.substr(0, 12)},
          {"onnx_sha256", source_sha256},
          {"opset", summary.opset}}},
        {"input", input_json(recipe)},
        {"outputs", outputs_json(shapes, request_.recipe.output_scale)},
        {"model", "model.xml"},
        {"weights", "model.bin"},
        {"files", files},
    };
    return json::serialize(manifest) + "\n";
  }

  // As it will be opened, so that a manifest which does not hold is found here. The largest number of two embeddings.
  Result<double> try_it() const {
    EncoderOptions options;
    options.precision = EncoderOptions::PrecisionChoice::kF32;
    options.logits = true;
    const auto encoder = open_encoder(folder_, options);
    if (!encoder) return propagate(encoder, "trying the new bundle");
    const int side = (*encoder)->info().resize_side();
    Image stripes = make_image(side, side), noise = make_image(side, side);
    uint32_t state = 1;
    for (size_t i = 0; i < noise.rgb.size(); ++i) {
      noise.rgb[i] = static_cast<uint8_t>((state = state * 1664525U + 1013904223U) >> 24);
      stripes.rgb[i] = static_cast<uint8_t>(i / 48 % 2 * 200);
    }
    const auto one = (*encoder)->encode(stripes), other = (*encoder)->encode(noise);
    if (!one) return propagate(one);
    if (!other) return propagate(other);
    const auto refuse = [](std::string_view what) {
      return fail(ErrorCode::kInvalidArgument, "onnx_not_an_encoder", fmt::format("{}; check output name, pooling and normalisation in the manifest", what));
    };
    double largest = 0;
    for (const Encoding* encoding : {&*one, &*other}) {
      if (!std::ranges::all_of(encoding->embedding, [](float value) { return std::isfinite(value); }))
        return refuse("the network's embedding is not made of numbers");
      if (std::ranges::all_of(encoding->embedding, [](float value) { return value == 0; })) return refuse("the network's embedding is all zero");
      for (const float value : encoding->embedding) largest = std::max(largest, std::abs(double{value}));
    }
    if (one->embedding == other->embedding) return refuse("the network gives two different pictures the same embedding");
    return largest;
  }

  OnnxBundleRequest request_;
  const fs::path& folder_;
};

}  // namespace

Result<BundleManifest> add_onnx_bundle(const OnnxBundleRequest& request) {
  if (const Status sound = check_request(request); !sound) return propagate(sound);
  const auto summary = examine_onnx_file(request.onnx_file);
  if (!summary) return propagate(summary);
  auto aside = AsideFolder::make(request.models_dir, request.name);
  if (!aside) return propagate(aside);
  auto manifest = Maker(request, aside->path()).make(*summary);
  if (!manifest) return propagate(manifest);
  const Status placed = aside->put_in_place(request.models_dir / request.name);
  if (!placed) return propagate(placed);
  return manifest;
}

}  // namespace nozama
