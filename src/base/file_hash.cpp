#include "base/file_hash.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <functional>
#include <vector>

#include "base/file.h"
#include "base/hash.h"

namespace nozama {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

Result<FileSum> hash_pieces(const std::filesystem::path& path, const std::function<Status(std::span<const std::byte>)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, "file_not_found", fmt::format("{} cannot be opened", path.string()));
  Sha256 hash;
  FileSum sum;
  std::vector<std::byte> piece(kPieceBytes);
  while (file) {
    file.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    const auto bytes = std::span<const std::byte>(piece).first(static_cast<size_t>(file.gcount()));
    hash.add(bytes);
    sum.bytes += bytes.size();
    if (const Status taken = take(bytes); !taken) return propagate(taken);
  }
  if (!file.eof()) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("reading {} failed", path.string()));
  sum.sha256 = hash.hex();
  return sum;
}

}  // namespace

Result<FileSum> hash_file(const std::filesystem::path& path) {
  return hash_pieces(path, [](std::span<const std::byte>) { return Status{}; });
}

Result<FileSum> copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to) {
  auto copy = FileReplacement::begin(to);
  if (!copy) return propagate(copy);
  auto sum = hash_pieces(from, [&copy](std::span<const std::byte> bytes) { return copy->append(bytes); });
  if (!sum) return sum;
  if (const Status committed = copy->commit(); !committed) return propagate(committed);
  return sum;
}

}  // namespace nozama
