// Picture files → embeddings, on all cores.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Encoder;

struct EmbeddedFile {
  std::vector<float> embedding;  // empty when the file could not be read
  std::string content_hash;
  std::string fault;  // why it could not be read: "shoes/1.jpg: damaged …"
};

// One result a file, in their order; what cannot be read keeps its fault and stops nothing. Holds at most a few pictures a
// thread at once, beside the results. kCancelled "cancelled".
Result<std::vector<EmbeddedFile>> embed_files(const Encoder& encoder, std::span<const std::filesystem::path> files, size_t threads,
                                              const std::function<void(int64_t done, int64_t total)>& progress, std::stop_token stop);

}  // namespace nozama
