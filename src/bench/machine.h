// The machine a benchmark runs on, and what the process takes of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/cpu_time.h"
#include "base/error.h"

namespace nozama {

struct Machine {
  std::string cpu;    // as it names itself
  std::string flags;  // the instruction sets that matter to an index
};
Machine this_machine();

// Keeps this thread, and every thread and process it starts later, on `count` processors.
Status use_processors(size_t count);

// In bytes; of /proc/self. Zeros where there is none.
struct ProcessMemory {
  size_t resident = 0, anonymous = 0;  // now
  size_t peak = 0;                     // resident, since the start
};
ProcessMemory process_memory();

// Of a file that nobody writes to: after leave_page_cache() its next reader has to wait for the disk. cached_share() is the share of
// its bytes that are in memory; 1 where it cannot be told.
Status leave_page_cache(const std::filesystem::path& file);
double cached_share(const std::filesystem::path& file);

}  // namespace nozama
