#include "model/compiled_cache.h"

#include <fmt/format.h>

#include <cstring>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".network";
constexpr size_t kChecksumBytes = 8;

}  // namespace

fs::path CompiledCache::path_of(const CompiledKey& key) const {
  return dir_ / fmt::format("{}-{:016x}{}", key.family, checksum64(as_byte_span(key.inputs)), kExtension);
}

std::optional<std::vector<std::byte>> CompiledCache::load(const CompiledKey& key) const {
  if (dir_.empty()) return std::nullopt;
  auto bytes = read_file(path_of(key));
  if (!bytes || bytes->size() < kChecksumBytes) return std::nullopt;
  uint64_t checksum = 0;
  std::memcpy(&checksum, bytes->data() + bytes->size() - kChecksumBytes, kChecksumBytes);
  bytes->resize(bytes->size() - kChecksumBytes);
  if (checksum64(*bytes) == checksum) return std::move(*bytes);
  log_warning("model_cache_damaged", {{"path", path_of(key).string()}});
  return std::nullopt;
}

void CompiledCache::store(const CompiledKey& key, std::vector<std::byte> network) const {
  if (dir_.empty()) return;
  const uint64_t checksum = checksum64(network);
  const auto raw = std::as_bytes(std::span(&checksum, 1));
  network.insert(network.end(), raw.begin(), raw.end());
  std::error_code error;
  fs::create_directories(dir_, error);
  const fs::path path = path_of(key);
  const Status written = write_file_atomic(path, network);
  if (!written) {
    log_warning("model_cache_not_written", {{"path", path.string()}, {"error", written.error().message}});
    return;
  }
  for (fs::directory_iterator entry(dir_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool same_family = name.size() == path.filename().string().size() && name.starts_with(key.family + "-") && name.ends_with(kExtension);
    std::error_code ignored;
    if (same_family && entry->path() != path) fs::remove(entry->path(), ignored);
  }
}

void CompiledCache::remove(const CompiledKey& key) const {
  std::error_code ignored;
  if (!dir_.empty()) fs::remove(path_of(key), ignored);
}

}  // namespace nozama
