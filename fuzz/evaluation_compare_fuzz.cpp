// Reports that someone else wrote, against themselves and against a good one.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/evaluation_compare.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1024) return 0;  // longer ones only take longer
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto same = nozama::compare_evaluations(text, text);
  if (same && same->worse()) __builtin_trap();  // nothing is worse than itself
  (void)nozama::compare_evaluations(R"({"kind":"labelled","per_query":{"query":["a","b"],"accuracy":[1,0],"confidence":[0.5,0.5]}})", text);
  return 0;
}
