#include "engine/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_set>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/picture_hashes.h"
#include "catalog/sqlite.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockFile = ".backup-lock";
constexpr const char* kUnfinishedFile = ".unfinished";
constexpr size_t kFileBytesMax = size_t{1} << 30;

std::unexpected<Error> cancelled() { return fail(ErrorCode::kCancelled, "cancelled", "stopped on request"); }

// One run at a time in a folder; given back by the system when the program ends, however it ends.
class FolderLock {
 public:
  static Result<FolderLock> take(const fs::path& folder) {
    const fs::path path = folder / kLockFile;
    FolderLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (lock.file_ < 0) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("{} cannot be written to", folder.string()));
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::kConflict, "backup_running", fmt::format("another backup into {} is under way", folder.string()));
    }
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

class BackupMaker {
 public:
  BackupMaker(Workspace& workspace, fs::path folder, const BackupRun& run) : workspace_(workspace), folder_(std::move(folder)), run_(run) {}

  Result<BackupReport> make() {
    if (const Status opened = open_folder(); !opened) return propagate(opened);
    const auto lock = FolderLock::take(folder_);
    if (!lock) return propagate(lock);
    // A picture of a run that did not end may be a name without bytes, after a loss of power.
    trust_pictures_ = !fs::exists(folder_ / kUnfinishedFile);
    if (const Status marked = write_file_atomic(folder_ / kUnfinishedFile, {}); !marked) return propagate(marked);
    for (const auto step : {&BackupMaker::copy_database, &BackupMaker::copy_pictures, &BackupMaker::copy_files}) {
      if (const Status done = (this->*step)(); !done) {
        end_unfinished();
        return propagate(done);
      }
    }
    if (const Status written = write_manifest(folder_, report_.manifest); !written) return propagate(written);
    std::error_code ignored;
    fs::remove(folder_ / kUnfinishedFile, ignored);
    remove_what_the_manifest_lacks();
    return std::move(report_);
  }

 private:
  Status open_folder() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("creating {}: {}", folder_.string(), error.message()));
    if (fs::exists(folder_ / DataDir{}.database().filename(), error)) {
      return fail(ErrorCode::kConflict, "not_a_backup_folder", fmt::format("{} is a data directory; a backup needs a folder of its own", folder_.string()));
    }
    auto pictures = open_local_blob_store(folder_ / "pictures");
    if (!pictures) return propagate(pictures);
    auto files = open_local_blob_store(folder_ / "files");
    if (!files) return propagate(files);
    pictures_ = std::move(*pictures);
    files_ = std::move(*files);
    return {};
  }

  Status copy_database() {
    BackupManifest& manifest = report_.manifest;
    manifest.created = format_utc(unix_time_ms());
    manifest.program = NOZAMA_VERSION;
    std::string stamp = manifest.created;
    std::ranges::replace(stamp, ':', '-');
    manifest.database_file = fmt::format("catalogue-{}.db", stamp);
    database_ = folder_ / manifest.database_file;
    const Status copied = sql::copy_sqlite(workspace_.dir().database(), database_, [this](int64_t done, int64_t total) -> Status {
      if (run_.stop.stop_requested()) return cancelled();
      if (run_.progress) run_.progress("database", done >> 20, std::max<int64_t>(1, total >> 20));
      return {};
    });
    if (!copied) return copied;
    if (const Status described = describe_database(); !described) return described;
    const auto sum = hash_file(database_);
    if (!sum) return propagate(sum);
    manifest.database = *sum;
    return {};
  }

  // From the copy: what the shop has become meanwhile is another backup's.
  Status describe_database() {
    const auto copy = Catalog::open(database_);
    if (!copy) return propagate(copy, "the copy");
    const auto problems = (*copy)->check();
    if (!problems) return propagate(problems, "checking the copy");
    if (!problems->empty()) {
      return fail(ErrorCode::kCorrupt, "database_damaged",
                  fmt::format("the database is damaged ({}): the earlier backup has been kept; nozama doctor tells more", problems->front()));
    }
    const auto stats = (*copy)->stats();
    if (!stats) return propagate(stats);
    const auto serving = (*copy)->serving();
    if (!serving) return propagate(serving);
    BackupManifest& manifest = report_.manifest;
    manifest.catalogue_id = (*copy)->catalogue_id();
    manifest.encoder = serving->encoder_id;
    manifest.products = stats->products;
    manifest.change_seq = stats->change_seq;
    manifest.pictures = stats->distinct_pictures;
    return for_each_picture_hash(**copy, [this](const std::string& hash) {
      named_.insert(hash);
      return Status{};
    });
  }

  Status copy_pictures() {
    for (const std::string& hash : named_) {
      if (run_.stop.stop_requested()) return cancelled();
      if (const Status copied = copy_picture(hash); !copied) return copied;
      if (run_.progress) run_.progress("pictures", ++pictures_done_, report_.manifest.pictures);
    }
    std::ranges::sort(report_.manifest.missing);
    report_.lost = report_.manifest.missing;
    return pictures_->flush();
  }

  Status copy_picture(const std::string& hash) {
    if (trust_pictures_) {
      const auto there = pictures_->exists(hash);
      if (there && *there) {
        ++report_.pictures_kept;
        return {};
      }
    }
    const auto bytes = workspace_.pictures().get(hash);
    if (!bytes && bytes.error().code != ErrorCode::kNotFound) return propagate(bytes, "picture " + hash);
    if (!bytes || content_hash(*bytes) != hash) {
      log_warning(bytes ? "picture_damaged" : "picture_missing", {{"picture", hash}});
      report_.manifest.missing.push_back(hash);
      return {};
    }
    ++report_.pictures_copied;
    return pictures_->put_unflushed(hash, *bytes);
  }

  // The sample photos: small, and under their checksum, so that those of an earlier backup stay as they are.
  Status copy_files() {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(workspace_.dir().samples(), error), end; !error && entry != end; entry.increment(error)) {
      if (run_.stop.stop_requested()) return cancelled();
      if (!entry->is_regular_file() || entry->is_symlink() || entry->path().filename().string().starts_with('.')) continue;
      const auto bytes = read_file(entry->path(), kFileBytesMax);
      if (!bytes) return propagate(bytes);
      const FileSum sum = {bytes->size(), sha256_hex(*bytes)};
      if (const Status put = files_->put(sum.sha256, *bytes); !put) return put;
      report_.manifest.files.push_back({fs::relative(entry->path(), workspace_.dir().root).generic_string(), sum});
    }
    return {};
  }

  // What has been copied stays for the next run, on the disk; the earlier backup is as it was.
  void end_unfinished() {
    std::error_code ignored;
    fs::remove(database_, ignored);
    if (trust_pictures_ && pictures_->flush()) fs::remove(folder_ / kUnfinishedFile, ignored);
  }

  void remove_what_the_manifest_lacks() {
    std::error_code error;
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      std::error_code ignored;
      if (name.starts_with("catalogue-") && !name.starts_with(report_.manifest.database_file)) fs::remove(entry->path(), ignored);
    }
    std::unordered_set<std::string> sums;
    for (const BackupManifest::File& file : report_.manifest.files) sums.insert(file.sum.sha256);
    report_.pictures_removed = keep_only(*pictures_, named_);
    keep_only(*files_, sums);
  }

  // Returns how many were removed. What cannot be removed now is removed by the next run.
  static int64_t keep_only(BlobStore& store, const std::unordered_set<std::string>& keys) {
    std::vector<std::string> others;
    const Status listed = store.for_each_key([&](const std::string& key) {
      if (!keys.contains(key)) others.push_back(key);
      return Status{};
    });
    int64_t removed = 0;
    for (const std::string& key : others) removed += listed && store.remove(key) ? 1 : 0;
    return removed;
  }

  Workspace& workspace_;
  fs::path folder_, database_;
  const BackupRun& run_;
  std::unique_ptr<BlobStore> pictures_, files_;
  std::unordered_set<std::string> named_;  // pictures, by the copied database
  bool trust_pictures_ = true;
  int64_t pictures_done_ = 0;
  BackupReport report_;
};

}  // namespace

Result<BackupReport> back_up(Workspace& workspace, const fs::path& folder, const BackupRun& run) {
  if (!workspace.options().database.empty()) {
    return fail(ErrorCode::kUnsupported, "database_elsewhere",
                "the catalogue is in a PostgreSQL server: copy it with pg_dump and then the pictures, as docs/backup.md describes");
  }
  return BackupMaker(workspace, folder, run).make();
}

}  // namespace nozama
