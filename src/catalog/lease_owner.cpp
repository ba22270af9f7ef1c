#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/hash.h"
#include "catalog/jobs.h"

namespace nozama {

namespace {

struct Place {
  std::string host;
  std::string pid_namespace;
};

// Pids mean something only within one host and one pid namespace (containers may share a host's name).
Place this_place() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) name[0] = '?';
  std::string host(name.data());
  for (char& c : host) {
    if (c == ':') c = '_';
  }
  std::error_code error;
  std::string id = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  std::erase(id, ':');
  return {.host = host, .pid_namespace = error ? "?" : id};
}

// Field 22 of /proc/PID/stat: ticks since boot, which tells a process from a later one with its pid.
// The second field, the command, stands in parentheses and may hold anything.
std::optional<std::string> process_start(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string stat;
  if (!std::getline(file, stat)) return std::nullopt;
  size_t at = stat.rfind(')');
  for (int field = 2; at != std::string::npos && field < 22; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::array<std::string_view, 5> split_owner(std::string_view owner) {
  std::array<std::string_view, 5> parts;
  for (std::string_view& part : parts) {
    const size_t colon = owner.find(':');
    part = owner.substr(0, colon);
    owner.remove_prefix(colon == std::string_view::npos ? owner.size() : colon + 1);
  }
  return parts;
}

}  // namespace

std::string make_lease_owner() {
  const Place place = this_place();
  const int64_t pid = getpid();
  return fmt::format("{}:{}:{}:{}:{}", place.host, place.pid_namespace, pid, process_start(pid).value_or("?"), random_hex(8));
}

bool lease_owner_may_live(const std::string& owner) {
  const auto [host, pid_namespace, pid_text, start, random] = split_owner(owner);
  const Place place = this_place();
  if (host != place.host || pid_namespace != place.pid_namespace || pid_namespace == "?") return true;
  int64_t pid = 0;
  if (std::from_chars(pid_text.data(), pid_text.data() + pid_text.size(), pid).ec != std::errc() || pid <= 0) return true;
  if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return false;
  const auto now = process_start(pid);
  return !now || start == "?" || *now == start;
}

}  // namespace nozama
