#include "model/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "model/manifest_fields.h"
#include "model/pooling.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace manifest_fields;

constexpr int64_t kFormat = 1;
constexpr size_t kManifestBytesMax = 1 << 20;
constexpr size_t kFileBytesMax = size_t{4} << 30;

std::vector<int> shape_of(const json::object& outputs, std::string_view output, size_t rank) {
  const json::array* shape = member(object_member(outputs, output), "shape").if_array();
  constexpr int64_t kExtentMax = 1 << 16;
  std::vector<int> extents;
  for (const json::value& extent : shape == nullptr ? json::array() : *shape) {
    const int64_t* value = extent.if_int64();
    extents.push_back(value != nullptr && *value >= 1 && *value <= kExtentMax ? static_cast<int>(*value) : 0);
  }
  if (extents.size() != rank || std::ranges::find(extents, 0) != extents.end()) throw Misfit{fmt::format("the shape of '{}' is not {} numbers", output, rank)};
  return extents;
}

void read_input(const json::object& input, BundleManifest& manifest) {
  require_text(input, "layout", "NHWC");
  require_text(input, "type", "u8");
  require_text(input, "channels", "RGB");
  require_text(input, "resize", "short_side");
  require_text(input, "crop", "centre");
  manifest.input_size = static_cast<int>(number_member(input, "size", 16, 2048));
  const json::value& share = member(input, "crop_share");
  manifest.crop_share = share.is_number() ? share.to_number<double>() : 0;
  if (!(manifest.crop_share >= 0.1 && manifest.crop_share <= 1)) throw Misfit{"'crop_share' is not a number from 0.1 to 1"};
}

void read_outputs(const json::object& outputs, BundleManifest& manifest) {
  manifest.embedding_dim = shape_of(outputs, "embedding", 1)[0];
  if (outputs.contains("feature_map")) {
    const auto map = shape_of(outputs, "feature_map", 3);
    manifest.feature_map = {map[0], map[1], map[2]};
  }
  if (object_member(outputs, "embedding").contains("pooling")) {
    require_text(object_member(outputs, "embedding"), "pooling", "relations");
    manifest.feature_map.relations = true;
    if (std::cmp_not_equal(pooled_size(manifest.feature_map), manifest.embedding_dim))
      throw Misfit{fmt::format("the relations of {} channels are {} numbers instead of {}", manifest.feature_map.channels, pooled_size(manifest.feature_map),
                               manifest.embedding_dim)};
  }
  if (outputs.contains("logits")) manifest.logit_count = shape_of(outputs, "logits", 1)[0];
}

void read_variants(const json::object& root, BundleManifest& manifest) {
  if (!root.contains("variants")) return;
  const json::array* variants = member(root, "variants").if_array();
  if (variants == nullptr) throw Misfit{"'variants' is not a list"};
  for (const json::value& entry : *variants) {
    const json::object* variant = entry.if_object();
    if (variant == nullptr) throw Misfit{"an entry of 'variants' is not an object"};
    require_text(*variant, "precision", precision_name(Precision::kInt8));
    if (!manifest.variants.empty()) throw Misfit{"two 'variants' have one precision"};
    manifest.variants.push_back({Precision::kInt8, file_name_member(*variant, "model"), file_name_member(*variant, "weights")});
  }
}

void read_files(const json::object& root, BundleManifest& manifest) {
  const json::array* files = member(root, "files").if_array();
  if (files == nullptr) throw Misfit{"'files' is not a list"};
  for (const json::value& entry : *files) {
    const json::object* file = entry.if_object();
    if (file == nullptr) throw Misfit{"an entry of 'files' is not an object"};
    BundleFile read{file_name_member(*file, "name"), text_member(*file, "sha256"), number_member(*file, "bytes", 0, static_cast<int64_t>(kFileBytesMax))};
    if (read.sha256.size() != 64) throw Misfit{fmt::format("the SHA-256 of {} does not have 64 digits", read.name)};
    manifest.files.push_back(std::move(read));
  }
  std::vector<const std::string*> needed_files = {&manifest.model_file, &manifest.weights_file};
  for (const BundleVariant& variant : manifest.variants) needed_files.insert(needed_files.end(), {&variant.model_file, &variant.weights_file});
  for (const std::string* needed : needed_files) {
    if (std::ranges::find(manifest.files, *needed, &BundleFile::name) == manifest.files.end()) throw Misfit{fmt::format("{} is not in 'files'", *needed)};
  }
}

BundleManifest manifest_of(const json::object& root) {
  BundleManifest manifest;
  manifest.name = text_member(root, "name");
  manifest.version = text_member(root, "version");
  const EncoderId id{manifest.name, manifest.version, Precision::kF32};
  if (!parse_encoder_id(id.text())) throw Misfit{"'name' and 'version' may have only a-z, 0-9, '-', '_' and '.'"};
  manifest.title = text_member(root, "title");
  manifest.licence = text_member(root, "licence");
  const json::object& source = object_member(root, "source");
  manifest.source = fmt::format("{} {}", text_member(source, "package"), text_member(source, "version"));
  read_input(object_member(root, "input"), manifest);
  read_outputs(object_member(root, "outputs"), manifest);
  manifest.model_file = file_name_member(root, "model");
  manifest.weights_file = file_name_member(root, "weights");
  read_variants(root, manifest);
  read_files(root, manifest);
  return manifest;
}

}  // namespace

const BundleVariant* BundleManifest::find_variant(Precision precision) const {
  const auto variant = std::ranges::find(variants, precision, &BundleVariant::precision);
  return variant == variants.end() ? nullptr : &*variant;
}

std::vector<Precision> available_precisions(const BundleManifest& manifest) {
  std::vector<Precision> available = {Precision::kF32};
  if (precision_supported(Precision::kBf16)) available.push_back(Precision::kBf16);
  if (manifest.find_variant(Precision::kInt8) != nullptr && precision_supported(Precision::kInt8)) available.push_back(Precision::kInt8);
  return available;
}

std::unexpected<Error> bundle_damaged(const fs::path& bundle_dir, std::string_view what) {
  return fail(ErrorCode::kCorrupt, "bundle_damaged",
              fmt::format("the encoder bundle {} is damaged: {}; delete that folder and make it again (./dev build, or unpack the package again)",
                          bundle_dir.string(), what));
}

Result<BundleManifest> read_bundle_manifest(const fs::path& bundle_dir) {
  const fs::path path = bundle_dir / "manifest.json";
  const auto text = read_text_file(path, kManifestBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return fail(
        ErrorCode::kNotFound, "bundle_missing",
        fmt::format("there is no encoder bundle in {}; make it with ./dev build, or name the folder of the bundles with --models", bundle_dir.string()));
  }
  if (!text && text.error().code != ErrorCode::kTooLarge) return propagate(text, "opening an encoder bundle");
  if (!text) return bundle_damaged(bundle_dir, "manifest.json is too large");
  return parse_bundle_manifest(bundle_dir, *text);
}

Result<BundleManifest> parse_bundle_manifest(const fs::path& bundle_dir, std::string_view text) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error || !root.is_object()) return bundle_damaged(bundle_dir, "manifest.json is not a JSON object");
  try {
    if (number_member(root.get_object(), "format", 1, INT32_MAX) > kFormat) {
      return fail(ErrorCode::kUnsupported, "bundle_format", fmt::format("{} has a newer format than this program reads; update nozama", bundle_dir.string()));
    }
    return manifest_of(root.get_object());
  } catch (const Misfit& misfit) {
    return bundle_damaged(bundle_dir, "manifest.json: " + misfit.what);
  }
}

Result<std::vector<std::byte>> read_bundle_file(const fs::path& bundle_dir, const BundleManifest& manifest, const std::string& name) {
  const auto file = std::ranges::find(manifest.files, name, &BundleFile::name);
  if (file == manifest.files.end()) return bundle_damaged(bundle_dir, fmt::format("its manifest does not list {}", name));
  auto bytes = read_file(bundle_dir / name, kFileBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return bundle_damaged(bundle_dir, fmt::format("{} is missing", name));
  if (!bytes) return propagate(bytes, "opening an encoder bundle");
  if (std::cmp_not_equal(bytes->size(), file->bytes))
    return bundle_damaged(bundle_dir, fmt::format("{} has {} bytes instead of {}", name, bytes->size(), file->bytes));
  if (sha256_hex(*bytes) != file->sha256) return bundle_damaged(bundle_dir, fmt::format("the SHA-256 of {} is not that of the manifest", name));
  return bytes;
}

Status verify_bundle_files(const fs::path& bundle_dir, const BundleManifest& manifest) {
  for (const BundleFile& file : manifest.files) {
    const auto bytes = read_bundle_file(bundle_dir, manifest, file.name);
    if (!bytes) return propagate(bytes);
  }
  return {};
}

Result<std::vector<BundleManifest>> list_bundles(const fs::path& models_dir) {
  std::error_code error;
  std::vector<BundleManifest> bundles;
  for (fs::directory_iterator entry(models_dir, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().native().starts_with('.')) continue;  // being written
    auto manifest = read_bundle_manifest(entry->path());
    if (manifest)
      bundles.push_back(std::move(*manifest));
    else if (manifest.error().reason != "bundle_missing" && entry->is_directory())
      return propagate(manifest);
  }
  if (error)
    return fail(ErrorCode::kNotFound, "models_missing", fmt::format("cannot list the encoder bundles in {}: {}", models_dir.string(), error.message()));
  std::ranges::sort(bundles, {}, &BundleManifest::name);
  return bundles;
}

}  // namespace nozama
