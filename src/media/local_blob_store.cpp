#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/leftovers.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// A new folder's name lies in the one above, and is on the disk only when that is.
void flush_directory(const fs::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);
  ::close(directory);
}

class LocalBlobStore final : public BlobStore {
 public:
  explicit LocalBlobStore(fs::path root) : root_(std::move(root)) {}

  Status put(const std::string& key, std::span<const std::byte> bytes) override {
    const Status checked = check_blob_key(key);
    if (!checked) return checked;
    const fs::path path = path_of(key);
    std::error_code error;
    if (fs::exists(path, error)) return {};
    const bool made = fs::create_directories(path.parent_path(), error);
    if (error)
      return fail(ErrorCode::kUnavailable, error == std::errc::no_space_on_device ? "disk_full" : "io_error",
                  fmt::format("creating {}: {}", path.parent_path().string(), error.message()));
    if (made) flush_directory(root_);
    return write_file_atomic(path, bytes);
  }

  Status put_unflushed(const std::string& key, std::span<const std::byte> bytes) override {
    const Status checked = check_blob_key(key);
    if (!checked) return checked;
    const fs::path path = path_of(key);
    // What is there may be what a crash has left of an unflushed one.
    const auto there = read_file(path, bytes.size());
    if (there && std::ranges::equal(*there, bytes)) return {};
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error)
      return fail(ErrorCode::kUnavailable, error == std::errc::no_space_on_device ? "disk_full" : "io_error",
                  fmt::format("creating {}: {}", path.parent_path().string(), error.message()));
    return write_file_unflushed(path, bytes);
  }

  // One call for the whole file system instead of several for each file: what else waits there is written too, but the
  // pictures of a batch are written together.
  Status flush() override {
    const int directory = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool flushed = directory >= 0 && ::syncfs(directory) == 0;
    const int error = errno;
    if (directory >= 0) ::close(directory);
    if (flushed) return {};
    return fail(ErrorCode::kUnavailable, error == ENOSPC ? "disk_full" : "io_error", fmt::format("flushing {}: {}", root_.string(), std::strerror(error)));
  }

  Result<std::vector<std::byte>> get(const std::string& key) const override {
    const Status checked = check_blob_key(key);
    if (!checked) return propagate(checked);
    auto bytes = read_file(path_of(key));
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) return fail(ErrorCode::kNotFound, "unknown_picture", "there is no picture " + key);
    return bytes;
  }

  Result<bool> exists(const std::string& key) const override {
    const Status checked = check_blob_key(key);
    if (!checked) return propagate(checked);
    std::error_code error;
    return fs::exists(path_of(key), error);
  }

  Status remove(const std::string& key) override {
    const Status checked = check_blob_key(key);
    if (!checked) return checked;
    std::error_code error;
    fs::remove(path_of(key), error);
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("removing {}: {}", path_of(key).string(), error.message()));
    return {};
  }

  Status for_each_key(const std::function<Status(const std::string&)>& callback) const override {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(root_, error), end; !error && entry != end; entry.increment(error)) {
      const std::string key = entry->path().filename().string();
      std::error_code failure;
      if (!entry->is_regular_file(failure) || !check_blob_key(key) || entry->path() != path_of(key)) continue;
      if (const Status done = callback(key); !done) return done;
    }
    if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("listing {}: {}", root_.string(), error.message()));
    return {};
  }

  void remove_leftovers() override {
    std::error_code error;
    for (fs::directory_iterator folder(root_, error), end; !error && folder != end; folder.increment(error)) {
      std::error_code failure;
      if (folder->is_directory(failure)) nozama::remove_leftovers(folder->path());
    }
  }

 private:
  fs::path path_of(const std::string& key) const { return root_ / key.substr(0, 2) / key; }

  fs::path root_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_local_blob_store(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("creating {}: {}", directory.string(), error.message()));
  return std::make_unique<LocalBlobStore>(directory);
}

}  // namespace nozama
