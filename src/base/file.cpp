#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nozama {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> errno_error(const fs::path& path, std::string_view doing) {
  const int error = errno;
  const std::string message = fmt::format("{} {}: {}", doing, path.string(), std::strerror(error));
  if (error == ENOENT) return fail(ErrorCode::kNotFound, "file_not_found", message);
  if (error == ENOSPC || error == EDQUOT) return fail(ErrorCode::kUnavailable, "disk_full", message + "; free some space and try again");
  if (error == EACCES || error == EPERM || error == EROFS) return fail(ErrorCode::kUnavailable, "permission_denied", message);
  return fail(ErrorCode::kUnavailable, "io_error", message);
}

template <class Container>
Result<Container> read_into(const fs::path& path, size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return errno_error(path, "opening");
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return errno_error(path, "reading");
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kInvalidArgument, "not_a_file", fmt::format("{} is not a regular file", path.string()));
  if (static_cast<uint64_t>(info.st_size) > bytes_max) {
    return fail(ErrorCode::kTooLarge, "file_too_large", fmt::format("{} has {} bytes; at most {} are read", path.string(), info.st_size, bytes_max));
  }
  Container bytes;
  bytes.resize(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(path, "reading");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

enum class Flush { kNo, kYes };

Status write_all(int fd, std::span<const std::byte> bytes, const fs::path& path, Flush flush) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(path, "writing");
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  if (flush == Flush::kYes && ::fsync(fd) != 0) return errno_error(path, "flushing");
  return {};
}

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<uint64_t> counter{0};
  return path.parent_path() / fmt::format(".{}.{}.{}.tmp", path.filename().string(), ::getpid(), counter++);
}

Status write_by_renaming(const fs::path& path, std::span<const std::byte> bytes, Flush flush) {
  const fs::path temporary = temporary_beside(path);
  Status written;
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file.get() < 0) return errno_error(temporary, "creating");
    written = write_all(file.get(), bytes, path, flush);
  }
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = errno_error(path, "renaming onto");
  if (!written) ::unlink(temporary.c_str());
  return written;
}

void flush_folder_of(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

}  // namespace

Result<std::vector<std::byte>> read_file(const fs::path& path, size_t bytes_max) { return read_into<std::vector<std::byte>>(path, bytes_max); }

Result<std::string> read_text_file(const fs::path& path, size_t bytes_max) { return read_into<std::string>(path, bytes_max); }

Status write_file_atomic(const fs::path& path, std::span<const std::byte> bytes) {
  const Status written = write_by_renaming(path, bytes, Flush::kYes);
  if (written) flush_folder_of(path);
  return written;
}

Status write_file_unflushed(const fs::path& path, std::span<const std::byte> bytes) { return write_by_renaming(path, bytes, Flush::kNo); }

FileReplacement::FileReplacement(fs::path path, fs::path temporary, int file) : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)), file_(std::exchange(other.file_, -1)) {}

FileReplacement::~FileReplacement() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

Result<FileReplacement> FileReplacement::begin(const fs::path& path) {
  fs::path temporary = temporary_beside(path);
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return errno_error(temporary, "creating");
  return FileReplacement(path, std::move(temporary), file);
}

Status FileReplacement::append(std::span<const std::byte> bytes) { return write_all(file_, bytes, path_, Flush::kNo); }

Status FileReplacement::overwrite(uint64_t offset, std::span<const std::byte> bytes) {
  if (::lseek(file_, static_cast<off_t>(offset), SEEK_SET) < 0) return errno_error(path_, "writing");
  const Status written = append(bytes);
  if (written && ::lseek(file_, 0, SEEK_END) < 0) return errno_error(path_, "writing");
  return written;
}

Status FileReplacement::commit() {
  const Status flushed = write_all(file_, {}, path_, Flush::kYes);
  if (!flushed) return flushed;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return errno_error(path_, "renaming onto");
  ::close(std::exchange(file_, -1));
  flush_folder_of(path_);
  return {};
}

}  // namespace nozama
