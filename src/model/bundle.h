// An encoder bundle: a folder with manifest.json and the files that it names, made by models/make_bundle.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/encoder.h"

namespace nozama {

struct BundleFile {
  std::string name;  // in the bundle's folder; never a path
  std::string sha256;
  int64_t bytes = 0;
};

// The same network computed otherwise, under files of its own.
struct BundleVariant {
  Precision precision = Precision::kInt8;
  std::string model_file;
  std::string weights_file;
};

struct BundleManifest {
  std::string name;     // "efficientnet-lite2"
  std::string version;  // "1"
  std::string title;    // for people
  std::string licence;  // SPDX
  std::string source;   // where the weights come from, for people

  int input_size = 0;
  double crop_share = 0;
  int embedding_dim = 0;
  FeatureMapShape feature_map;  // all 0: the network has none (a transformer)
  int logit_count = 0;          // 0: none

  std::string model_file;    // OpenVINO IR: input u8 NHWC RGB, normalised inside
  std::string weights_file;  // its weights
  std::vector<BundleVariant> variants;
  std::vector<BundleFile> files;

  const BundleVariant* find_variant(Precision precision) const;
};

// Reads and checks manifest.json, not yet the files. kNotFound "bundle_missing"; kCorrupt "bundle_damaged" for text
// that is not a manifest or contradicts itself; kUnsupported "bundle_format" for a format newer than this program.
Result<BundleManifest> read_bundle_manifest(const std::filesystem::path& bundle_dir);

// The same from the manifest's text.
Result<BundleManifest> parse_bundle_manifest(const std::filesystem::path& bundle_dir, std::string_view text);

// Every file there, with the size and SHA-256 of the manifest. kCorrupt "bundle_damaged" names the file and the remedy.
Status verify_bundle_files(const std::filesystem::path& bundle_dir, const BundleManifest& manifest);

// One of the manifest's files, checked against its size and SHA-256. Errors as for verify_bundle_files().
Result<std::vector<std::byte>> read_bundle_file(const std::filesystem::path& bundle_dir, const BundleManifest& manifest, const std::string& name);

// What the bundle can be opened in on this machine: f32 first, then bf16 and int8 where processor and bundle have them.
std::vector<Precision> available_precisions(const BundleManifest& manifest);

// The error for a bundle that is not what it should be, with the remedy.
std::unexpected<Error> bundle_damaged(const std::filesystem::path& bundle_dir, std::string_view what);

// The bundles in a folder, by name; folders without a manifest are passed over, damaged ones are an error.
Result<std::vector<BundleManifest>> list_bundles(const std::filesystem::path& models_dir);

}  // namespace nozama
