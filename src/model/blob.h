// The common frame of what training writes: magic (4 bytes), version (u32), payload, checksum (u64); little endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/hash.h"

namespace nozama {

class BlobWriter {
 public:
  BlobWriter(std::string_view magic, uint32_t version) {
    put_bytes(magic.data(), magic.size());
    put(version);
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    put_bytes(&value, sizeof(T));
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  void put_all(const std::vector<T>& values) {
    put_bytes(values.data(), values.size() * sizeof(T));
  }

  // Its length (u32), then itself: a text.
  void put_part(std::span<const std::byte> part) {
    put(static_cast<uint32_t>(part.size()));
    put_bytes(part.data(), part.size());
  }

  std::vector<std::byte> finish() && {
    put(checksum64(bytes_));
    return std::move(bytes_);
  }

 private:
  void put_bytes(const void* data, size_t size) {
    const size_t end = bytes_.size();
    bytes_.resize(end + size);
    if (size > 0) std::memcpy(bytes_.data() + end, data, size);
  }

  std::vector<std::byte> bytes_;
};

// Reads what BlobWriter wrote. Once something does not fit, ok() is false and everything reads as 0.
class BlobReader {
 public:
  BlobReader(std::span<const std::byte> bytes, std::string_view magic, uint32_t version) {
    uint64_t checksum = 0;
    if (bytes.size() < magic.size() + sizeof(version) + sizeof(checksum)) return;
    payload_ = bytes.first(bytes.size() - sizeof(checksum));
    std::memcpy(&checksum, bytes.data() + payload_.size(), sizeof(checksum));
    ok_ = checksum64(payload_) == checksum && std::memcmp(payload_.data(), magic.data(), magic.size()) == 0;
    payload_ = payload_.subspan(magic.size());
    ok_ = ok_ && get<uint32_t>() == version;
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  T get() {
    T value{};
    if (take(sizeof(T))) std::memcpy(&value, taken_.data(), sizeof(T));
    return value;
  }

  template <class T>
    requires std::is_arithmetic_v<T>
  std::vector<T> get_all(size_t count) {
    std::vector<T> values;
    if (count > payload_.size() / sizeof(T)) ok_ = false;
    if (!take(ok_ ? count * sizeof(T) : 0)) return values;
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), taken_.data(), taken_.size());
    return values;
  }

  // What put_part() wrote; a view of the blob.
  std::span<const std::byte> get_part() {
    const auto size = get<uint32_t>();
    return take(size) ? taken_ : std::span<const std::byte>();
  }

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && payload_.empty(); }

 private:
  bool take(size_t size) {
    ok_ = ok_ && size <= payload_.size();
    if (!ok_) return false;
    taken_ = payload_.first(size);
    payload_ = payload_.subspan(size);
    return true;
  }

  std::span<const std::byte> payload_, taken_;
  bool ok_ = false;
};

}  // namespace nozama
