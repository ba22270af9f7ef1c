#include "engine/doctor.h"

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "engine/doctor_checks.h"
#include "engine/near_duplicates.h"
#include "model/bundle.h"
#include "model/encoder.h"
#include "model/head_set.h"

namespace nozama {
namespace {

using Level = DoctorFinding::Level;
constexpr uintmax_t kDiskBytesLow = uintmax_t{1} << 30;

class Doctor {
 public:
  Doctor(const WorkspaceOptions& place, const DoctorOptions& options) : place_(place), options_(options) {}

  std::vector<DoctorFinding> examine() {
    check_models();
    check_disk();
    auto opened = Workspace::open(place_);
    if (!opened) {
      add(Level::kProblem, "database", opened.error().message);
      return std::move(findings_);
    }
    workspace_ = std::move(*opened);
    check_database();
    check_embeddings();
    const Examination examination = {*workspace_, options_, findings_};
    for (const auto examine : {examine_clock, examine_pictures, examine_thumbnails, examine_index, examine_leftovers}) examine(examination);
    check_duplicates();
    return std::move(findings_);
  }

 private:
  void add(Level level, std::string check, std::string detail) { findings_.push_back({level, std::move(check), std::move(detail)}); }

  void check_models() {
    const auto models = find_models_dir(place_.models_dir);
    if (!models) return add(Level::kProblem, "model", models.error().message);
    const auto bundles = list_bundles(*models);
    if (!bundles) return add(Level::kProblem, "model", bundles.error().message);
    if (bundles->empty()) return add(Level::kProblem, "model", fmt::format("no encoder bundle in {}; make them with ./dev build", models->string()));
    for (const BundleManifest& bundle : *bundles) {
      const Status sound = verify_bundle_files(*models / bundle.name, bundle);
      add(sound ? Level::kOk : Level::kProblem, "model",
          sound ? fmt::format("{} version {}, {} px, {}", bundle.name, bundle.version, bundle.input_size, bundle.licence) : sound.error().message);
    }
  }

  void check_disk() {
    std::error_code error;
    const auto space = std::filesystem::space(place_.data_dir, error);
    if (error) return;  // a missing directory is the database's finding
    const auto mib = space.available >> 20;
    add(space.available < kDiskBytesLow ? Level::kWarning : Level::kOk, "disk",
        fmt::format("{} MiB free{}", mib, space.available < kDiskBytesLow ? "; imports may stop: free some space" : ""));
  }

  void check_database() {
    const auto problems = workspace_->catalog().check();
    if (!problems) return add(Level::kProblem, "database", problems.error().message);
    for (const std::string& problem : *problems) add(Level::kProblem, "database", problem + "; restore the last backup");
    const auto stats = workspace_->catalog().stats();
    if (!stats) return add(Level::kProblem, "database", stats.error().message);
    if (problems->empty()) {
      add(Level::kOk, "database",
          fmt::format("{} products, {} pictures, {} categories, {} MiB", stats->products, stats->pictures, stats->categories, stats->file_bytes >> 20));
    }
    if (stats->products == 0) add(Level::kWarning, "database", "the catalogue is empty; nozama import FEED fills it");
  }

  void check_embeddings() {
    const auto serving = workspace_->catalog().serving();
    if (!serving) return add(Level::kProblem, "embeddings", serving.error().message);
    if (serving->encoder_id.empty()) return add(Level::kWarning, "embeddings", "no encoder has been chosen; the first import chooses it");
    const auto waiting = workspace_->catalog().pictures_without_embedding(serving->encoder_id, {0}, 1);
    if (!waiting) return add(Level::kProblem, "embeddings", waiting.error().message);
    if (!waiting->empty()) return add(Level::kWarning, "embeddings", "some pictures have no embedding; import the feed again");
    add(Level::kOk, "embeddings", fmt::format("every picture is embedded by {}", serving->encoder_id));
    tell_heads(serving->head);
    tell_unused(serving->encoder_id);
  }

  void tell_heads(const std::optional<HeadId>& id) {
    if (!id) return add(Level::kWarning, "categories", "no category head; nozama train makes one");
    const auto stored = workspace_->catalog().head(*id);
    if (!stored) return add(Level::kProblem, "categories", stored.error().message);
    const auto heads = HeadSet::deserialise(stored->blob);
    if (!heads) return add(Level::kProblem, "categories", heads.error().message);
    std::string attributes;
    for (const AttributeHead& one : heads->attributes)
      attributes += fmt::format("{}{} ({} values)", attributes.empty() ? "" : ", ", one.name, one.values.size());
    add(Level::kOk, "categories",
        fmt::format("{} categories are told apart, {} small ones as the category above them; attributes: {}", heads->categories.classes(),
                    heads->backed_off.size(), attributes.empty() ? "none" : attributes));
  }

  void tell_unused(const std::string& serving) {
    const auto unused = workspace_->catalog().unused_models();
    if (!unused) return add(Level::kProblem, "embeddings", unused.error().message);
    if (unused->bytes == 0) return;
    const auto id = parse_encoder_id(serving);
    add(Level::kOk, "unused",
        fmt::format("{} MiB of earlier encoders and trainings ({} embeddings, {} projections, {} heads) make going back quick; nozama model use {} --prune "
                    "removes them",
                    (unused->bytes + (1 << 20) - 1) >> 20, unused->embeddings, unused->projections, unused->heads,
                    id ? fmt::format("{}/{}", id->name, precision_name(id->precision)) : serving));
  }

  void check_duplicates() {
    const auto report = report_duplicates(workspace_->catalog());
    if (!report) return add(Level::kProblem, "duplicates", report.error().message);
    const std::string found = describe(*report);
    add(Level::kOk, "duplicates", found.empty() ? "no two products share a near-identical picture" : found);
  }

  const WorkspaceOptions& place_;
  const DoctorOptions& options_;
  std::unique_ptr<Workspace> workspace_;
  std::vector<DoctorFinding> findings_;
};

}  // namespace

std::vector<DoctorFinding> examine(const WorkspaceOptions& place, const DoctorOptions& options) { return Doctor(place, options).examine(); }

}  // namespace nozama
