#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/picture_hashes.h"
#include "engine/backup.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFileBytesMax = size_t{1} << 30;
constexpr const char* kStagedDatabase = ".restoring.db";  // in the data directory, until everything else is there

std::unexpected<Error> cancelled() { return fail(ErrorCode::kCancelled, "cancelled", "stopped on request; the same command goes on with the rest"); }

class Restorer {
 public:
  Restorer(fs::path folder, const WorkspaceOptions& place, const BackupRun& run) : folder_(std::move(folder)), place_(place), dir_{place.data_dir}, run_(run) {}

  Result<BackupReport> restore() {
    auto manifest = read_manifest(folder_);
    if (!manifest) return propagate(manifest);
    report_.manifest = std::move(*manifest);
    for (const auto step : {&Restorer::open_place, &Restorer::copy_database, &Restorer::copy_pictures, &Restorer::copy_files, &Restorer::finish}) {
      if (const Status done = (this->*step)(); !done) return propagate(done);
    }
    return std::move(report_);
  }

 private:
  // A data directory in which a restore was interrupted holds its mark, the staged database, from the start.
  Status open_place() {
    std::error_code error;
    fs::create_directories(dir_.root, error);
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("creating {}: {}", dir_.root.string(), error.message()));
    const bool begun = fs::exists(dir_.root / kStagedDatabase, error) && !fs::exists(dir_.database(), error);
    const bool empty = std::ranges::none_of(fs::directory_iterator(dir_.root, error), [](const fs::directory_entry& entry) {
      return entry.path().filename() != "lost+found";  // of a disk of its own
    });
    if (!begun && !empty) {
      return fail(ErrorCode::kConflict, "data_directory_in_use",
                  fmt::format("{} is not empty, and a restore overwrites nothing; name another folder with --data", dir_.root.string()));
    }
    if (const Status marked = write_file_atomic(dir_.root / kStagedDatabase, {}); !marked) return marked;
    auto source = open_local_blob_store(folder_ / "pictures");
    if (!source) return propagate(source);
    auto files = open_local_blob_store(folder_ / "files");
    if (!files) return propagate(files);
    auto target = open_pictures(place_.blobs, dir_);
    if (!target) return propagate(target);
    source_ = std::move(*source);
    files_ = std::move(*files);
    target_ = std::move(*target);
    return {};
  }

  Status copy_database() {
    const BackupManifest& manifest = report_.manifest;
    if (run_.stop.stop_requested()) return cancelled();
    const auto sum = copy_file_hashed(folder_ / manifest.database_file, dir_.root / kStagedDatabase);
    if (!sum) return propagate(sum, "the backup's database");
    if (*sum != manifest.database) {
      return fail(ErrorCode::kCorrupt, "backup_damaged",
                  fmt::format("{} is not what the manifest says (sha256 {}, {} bytes); restore another backup", (folder_ / manifest.database_file).string(),
                              sum->sha256, sum->bytes));
    }
    const auto mib = static_cast<int64_t>(sum->bytes >> 20);
    if (run_.progress) run_.progress("database", std::max<int64_t>(1, mib), std::max<int64_t>(1, mib));
    return {};
  }

  Status copy_pictures() {
    const auto copy = Catalog::open(dir_.root / kStagedDatabase);
    if (!copy) return propagate(copy);
    if ((*copy)->catalogue_id() != report_.manifest.catalogue_id) {
      return fail(ErrorCode::kCorrupt, "backup_damaged", "the manifest is of another catalogue than the database beside it; restore another backup");
    }
    int64_t done = 0;
    const Status copied = for_each_picture_hash(**copy, [&](const std::string& hash) -> Status {
      if (run_.stop.stop_requested()) return cancelled();
      if (run_.progress) run_.progress("pictures", ++done, report_.manifest.pictures);
      const auto bytes = source_->get(hash);
      if (!bytes && bytes.error().code != ErrorCode::kNotFound) return propagate(bytes, "picture " + hash);
      if (!bytes || content_hash(*bytes) != hash) {
        log_warning(bytes ? "picture_damaged" : "picture_missing", {{"picture", hash}});
        report_.lost.push_back(hash);
        return {};
      }
      ++report_.pictures_copied;
      return target_->put_unflushed(hash, *bytes);
    });
    return copied ? target_->flush() : copied;
  }

  Status copy_files() {
    for (const BackupManifest::File& file : report_.manifest.files) {
      if (run_.stop.stop_requested()) return cancelled();
      const auto bytes = files_->get(file.sum.sha256);
      if (!bytes || bytes->size() > kFileBytesMax || sha256_hex(*bytes) != file.sum.sha256) {
        log_warning("file_damaged", {{"file", file.path}});
        report_.lost.push_back(file.path);
        continue;
      }
      const fs::path path = dir_.root / file.path;
      std::error_code error;
      fs::create_directories(path.parent_path(), error);
      if (const Status written = write_file_atomic(path, *bytes); !written) return written;
    }
    return {};
  }

  Status finish() {
    std::error_code error;
    fs::rename(dir_.root / kStagedDatabase, dir_.database(), error);
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("naming {}: {}", dir_.database().string(), error.message()));
    return target_->flush();  // the directory with the new name too, with pictures in a bucket it lies with what the system writes soon
  }

  fs::path folder_;
  const WorkspaceOptions& place_;
  DataDir dir_;
  const BackupRun& run_;
  std::unique_ptr<BlobStore> source_, files_, target_;
  BackupReport report_;
};

}  // namespace

Result<BackupReport> restore_backup(const fs::path& folder, const WorkspaceOptions& place, const BackupRun& run) {
  if (!place.database.empty()) {
    return fail(ErrorCode::kUnsupported, "database_elsewhere", "a backup of a PostgreSQL server is restored with pg_restore, as docs/backup.md describes");
  }
  return Restorer(folder, place, run).restore();
}

}  // namespace nozama
