#include "engine/workspace.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/leftovers.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "media/blob_store.h"
#include "media/s3_blob_store.h"
#include "net/guarded_fetch.h"

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
  encoder.logits = false;
  encoder.cache_dir = dir.model_cache();
  return encoder;
}

}  // namespace

Result<std::unique_ptr<BlobStore>> open_pictures(const std::string& blobs, const DataDir& dir) {
  if (blobs.empty()) return open_local_blob_store(dir.pictures());
  auto location = parse_s3_location(blobs);
  if (!location) return propagate(location);
  auto credentials = s3_credentials_of_environment();
  if (!credentials) return propagate(credentials);
  return open_s3_blob_store(std::move(*location), std::move(*credentials));
}

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
  remove_leftovers(workspace->options_.data_dir);
  const std::string& database = workspace->options_.database;
  const CatalogOptions catalog_options{.create = workspace->options_.create};
  auto catalog = database.empty() ? Catalog::open(dir.database(), catalog_options) : Catalog::connect(database, catalog_options);
  if (!catalog) return propagate(catalog);
  auto pictures = open_pictures(workspace->options_.blobs, dir);
  if (!pictures) return propagate(pictures);
  auto thumbnails = open_local_blob_store(dir.thumbnails());
  if (!thumbnails) return propagate(thumbnails);
  auto fetcher = GuardedFetcher::make({.own_networks = workspace->options_.fetch_networks});
  if (!fetcher) return propagate(fetcher);
  workspace->fetcher_ = std::move(*fetcher);
  workspace->catalog_ = std::move(*catalog);
  workspace->pictures_ = std::move(*pictures);
  workspace->thumbnails_ = std::move(*thumbnails);
  return workspace;
}

size_t Workspace::threads() const { return options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency()); }

Result<OpenedEncoder> Workspace::open_bundle(const std::string& name, EncoderOptions::PrecisionChoice precision) {
  const auto models = find_models_dir(options_.models_dir);
  if (!models) return propagate(models);
  OpenedEncoder opened;
  opened.bundle_dir = *models / name;
  EncoderOptions options = encoder_options(options_, dir_);
  options.precision = precision;
  auto encoder = open_encoder(opened.bundle_dir, options);
  if (!encoder) return propagate(encoder);
  opened.encoder = std::move(*encoder);
  opened.id = opened.encoder->info().id_text();
  return opened;
}

Result<OpenedEncoder> Workspace::open_stored(const std::string& stored_id) {
  if (stored_id.empty()) return open_bundle(options_.bundle, options_.precision ? choice_of(*options_.precision) : EncoderOptions::PrecisionChoice::kAuto);
  const auto wanted = parse_encoder_id(stored_id);
  if (!wanted) return propagate(wanted, "the catalogue's encoder");
  auto precision = choice_of(wanted->precision);
  if (!precision_supported(wanted->precision)) {
    log_warning("precision_replaced", {{"catalogue", stored_id}, {"used", "f32"}});
    precision = EncoderOptions::PrecisionChoice::kF32;
  }
  auto opened = open_bundle(wanted->name, precision);
  if (!opened) return opened;
  const std::string& version = opened->encoder->info().id.version;
  if (version != wanted->version) {
    return fail(
        ErrorCode::kConflict, "encoder_changed",
        fmt::format("the catalogue was embedded by {}, but the bundle at {} is version {}; install that version, or change over with nozama model use {}",
                    stored_id, opened->bundle_dir.string(), version, wanted->name));
  }
  opened->id = stored_id;
  return opened;
}

Result<OpenedEncoder> Workspace::encoder_for(const std::string& stored_id) {
  const std::lock_guard lock(encoder_mutex_);
  if (opened_.encoder != nullptr && (stored_id.empty() || stored_id == opened_.id)) return opened_;
  auto opened = open_stored(stored_id);
  if (opened) opened_ = *opened;
  return opened;
}

Result<OpenedEncoder> Workspace::serving_encoder() {
  const auto serving = catalog_->serving();
  if (!serving) return propagate(serving);
  return encoder_for(serving->encoder_id);
}

Result<std::shared_ptr<Encoder>> Workspace::encoder() {
  const auto opened = serving_encoder();
  if (!opened) return propagate(opened);
  return opened->encoder;
}

}  // namespace nozama
