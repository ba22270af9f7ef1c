// Which of a set of kernels runs: the last, which is the fastest, or the one that NOZAMA_KERNELS names (for measuring).
#pragma once

#include <cstdlib>
#include <span>
#include <string_view>

namespace nozama {

// `available`: slowest first, at least one. A name that none has is no choice.
template <class Kernels>
const Kernels& chosen_kernels(std::span<const Kernels> available) {
  const char* wanted = std::getenv("NOZAMA_KERNELS");
  if (wanted == nullptr) return available.back();
  for (const Kernels& kernels : available) {
    if (kernels.name == std::string_view(wanted)) return kernels;
  }
  return available.back();
}

}  // namespace nozama
