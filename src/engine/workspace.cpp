#include "engine/workspace.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/log.h"
#include "catalog/catalog.h"
#include "media/blob_store.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : program.parent_path();
}

EncoderOptions encoder_options(const WorkspaceOptions& options, const DataDir& dir) {
  EncoderOptions encoder;
  encoder.mode = options.throughput ? EncoderOptions::Mode::kThroughput : EncoderOptions::Mode::kLatency;
  encoder.threads = options.threads;
  encoder.cache_dir = dir.model_cache();
  return encoder;
}

}  // namespace

Result<fs::path> find_models_dir(const fs::path& given) {
  if (!given.empty()) {
    if (fs::is_directory(given)) return given;
    return fail(ErrorCode::kNotFound, "models_missing", fmt::format("there is no folder of encoder bundles at {}", given.string()));
  }
  const fs::path program = program_folder();
  const std::array places = {program / "../models", program / "../share/nozama/models", program / "../../models"};
  for (const fs::path& place : places) {
    if (fs::is_directory(place)) return place.lexically_normal();
  }
  return fail(ErrorCode::kNotFound, "models_missing",
              fmt::format("no encoder bundles at {} or {}; make them with ./dev build, or name their folder with --models",
                          places[0].lexically_normal().string(), places[1].lexically_normal().string()));
}

Workspace::Workspace(WorkspaceOptions options) : options_(std::move(options)), dir_{options_.data_dir} {}

Workspace::~Workspace() = default;

Result<std::unique_ptr<Workspace>> Workspace::open(WorkspaceOptions options) {
  std::error_code error;
  if (options.create) {
    fs::create_directories(options.data_dir, error);
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("creating {}: {}", options.data_dir.string(), error.message()));
  }
  auto workspace = std::unique_ptr<Workspace>(new Workspace(std::move(options)));
  const DataDir& dir = workspace->dir_;
  auto catalog = Catalog::open(dir.database(), {.create = workspace->options_.create});
  if (!catalog) return propagate(catalog);
  auto pictures = open_local_blob_store(dir.pictures());
  if (!pictures) return propagate(pictures);
  auto thumbnails = open_local_blob_store(dir.thumbnails());
  if (!thumbnails) return propagate(thumbnails);
  workspace->catalog_ = std::move(*catalog);
  workspace->pictures_ = std::move(*pictures);
  workspace->thumbnails_ = std::move(*thumbnails);
  return workspace;
}

size_t Workspace::threads() const { return options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency()); }

Result<std::unique_ptr<Encoder>> Workspace::open_encoder_for(const std::string& stored_id) {
  const auto models = find_models_dir(options_.models_dir);
  if (!models) return propagate(models);
  EncoderOptions options = encoder_options(options_, dir_);
  if (stored_id.empty()) return open_encoder(*models / options_.bundle, options);

  const auto wanted = parse_encoder_id(stored_id);
  if (!wanted) return propagate(wanted, "the catalogue's encoder");
  options.precision = wanted->precision == Precision::kBf16 ? EncoderOptions::PrecisionChoice::kBf16 : EncoderOptions::PrecisionChoice::kF32;
  if (!precision_supported(wanted->precision)) {
    log_warning("precision_replaced", {{"catalogue", stored_id}, {"used", "f32"}});
    options.precision = EncoderOptions::PrecisionChoice::kF32;
  }
  auto encoder = open_encoder(*models / wanted->name, options);
  if (encoder && (*encoder)->info().id.version != wanted->version) {
    return fail(ErrorCode::kConflict, "encoder_changed",
                fmt::format("the catalogue was embedded by {}, but the bundle at {} is version {}; install that version, or import into a new data directory",
                            stored_id, (*models / wanted->name).string(), (*encoder)->info().id.version));
  }
  return encoder;
}

Result<Encoder*> Workspace::encoder() {
  const std::lock_guard lock(encoder_mutex_);
  if (encoder_ == nullptr) {
    const auto serving = catalog_->serving();
    if (!serving) return propagate(serving);
    auto opened = open_encoder_for(serving->encoder_id);
    if (!opened) return propagate(opened);
    encoder_ = std::move(*opened);
    encoder_id_ = serving->encoder_id.empty() ? encoder_->info().id_text() : serving->encoder_id;
  }
  return encoder_.get();
}

Result<std::string> Workspace::encoder_id() {
  const auto opened = encoder();
  if (!opened) return propagate(opened);
  const std::lock_guard lock(encoder_mutex_);
  return encoder_id_;
}

Result<fs::path> Workspace::bundle_dir() {
  const auto opened = encoder();
  if (!opened) return propagate(opened);
  const auto models = find_models_dir(options_.models_dir);
  if (!models) return models;
  return *models / (*opened)->info().id.name;
}

}  // namespace nozama
