#include "bench/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace nozama {
namespace {

// The number of "Name:   12 kB" in one of /proc's files, in bytes.
size_t field_of(const char* path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return static_cast<size_t>(std::strtoull(line.c_str() + name.size(), nullptr, 10)) * 1024;
  }
  return 0;
}

std::string after_colon(const std::string& line) {
  const size_t colon = line.find(": ");
  return colon == std::string::npos ? "" : line.substr(colon + 2);
}

}  // namespace

Machine this_machine() {
  Machine machine;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && (machine.cpu.empty() || machine.flags.empty());) {
    if (line.starts_with("model name")) machine.cpu = after_colon(line);
    if (!line.starts_with("flags")) continue;
    std::istringstream flags(after_colon(line));
    for (std::string flag; flags >> flag;) {
      const bool wanted = flag == "avx2" || flag == "f16c" || flag == "avx_vnni" || flag.starts_with("avx512") || flag.starts_with("amx");
      if (wanted) machine.flags += (machine.flags.empty() ? "" : " ") + flag;
    }
  }
  return machine;
}

Status use_processors(size_t count) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return fail(ErrorCode::kUnavailable, "no_affinity", std::strerror(errno));
  // The last ones: the first serves most interrupts.
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && static_cast<size_t>(CPU_COUNT(&chosen)) < count; --cpu) {
    if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &chosen);
  }
  if (static_cast<size_t>(CPU_COUNT(&chosen)) < count) {
    return fail(ErrorCode::kInvalidArgument, "bad_threads",
                fmt::format("--threads {}: this process may use {} processors; ask for fewer threads", count, CPU_COUNT(&allowed)));
  }
  if (sched_setaffinity(0, sizeof chosen, &chosen) != 0) return fail(ErrorCode::kUnavailable, "no_affinity", std::strerror(errno));
  return {};
}

ProcessMemory process_memory() {
  return {field_of("/proc/self/smaps_rollup", "Rss:"), field_of("/proc/self/smaps_rollup", "Anonymous:"), field_of("/proc/self/status", "VmHWM:")};
}

Status leave_page_cache(const std::filesystem::path& file) {
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return fail(ErrorCode::kNotFound, "file_missing", fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  fdatasync(opened);  // what has not been written to the disk cannot leave
  const int refused = posix_fadvise(opened, 0, 0, POSIX_FADV_DONTNEED);
  close(opened);
  return refused == 0 ? Status() : fail(ErrorCode::kUnavailable, "stays_cached", std::strerror(refused));
}

double cached_share(const std::filesystem::path& file) {
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::error_code unreadable;
  const size_t bytes = opened < 0 ? 0 : std::filesystem::file_size(file, unreadable);
  if (bytes == 0 || unreadable) return 1;
  void* mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, opened, 0);
  close(opened);
  if (mapped == MAP_FAILED) return 1;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((bytes + page - 1) / page);
  const bool told = mincore(mapped, bytes, pages.data()) == 0;
  munmap(mapped, bytes);
  const auto cached = std::ranges::count_if(pages, [](unsigned char state) { return (state & 1) != 0; });
  return told ? static_cast<double>(cached) / static_cast<double>(pages.size()) : 1;
}

}  // namespace nozama
