// Compiled networks on disk, so that the second start is fast.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nozama {

// What a compiled network depends on. `family` names the use (encoder, mode, threads) and is part of the file's name;
// `inputs` is everything else (bundle, inference library, processor): another text makes the stored file obsolete.
struct CompiledKey {
  std::string family;
  std::string inputs;
};

// A file: the network, then its 8-byte checksum, because a network with one wrong bit gives wrong embeddings in silence.
// Nothing here is an error: what cannot be read or written costs time only. Thread-safe, also between processes.
class CompiledCache {
 public:
  // Empty = keeps nothing.
  explicit CompiledCache(std::filesystem::path dir) : dir_(std::move(dir)) {}

  // The stored bytes without their checksum, or nothing.
  std::optional<std::vector<std::byte>> load(const CompiledKey& key) const;

  // Replaces what is stored for the family.
  void store(const CompiledKey& key, std::vector<std::byte> network) const;

  void remove(const CompiledKey& key) const;

 private:
  std::filesystem::path path_of(const CompiledKey& key) const;

  std::filesystem::path dir_;
};

}  // namespace nozama
