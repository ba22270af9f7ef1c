#include <fmt/format.h>

#include <cstdlib>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "catalog/clocks.h"
#include "engine/doctor_checks.h"

namespace nozama {
namespace {

using Level = DoctorFinding::Level;

constexpr int64_t kDriftMsMax = 10'000;

// By the clock of the disk's file system, which may be another machine's.
Result<int64_t> disk_clock_ms(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / fmt::format(".clock.{}.tmp", random_hex(4));
  if (const Status written = write_file_unflushed(path, {}); !written) return propagate(written);
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  std::filesystem::remove(path, error);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time).time_since_epoch()).count();
}

}  // namespace

void examine_clock(const Examination& examination) {
  const auto clocks = read_clocks(examination.workspace.catalog());
  if (!clocks) return examination.add(Level::kProblem, "clock", clocks.error().message);
  const auto disk = disk_clock_ms(examination.workspace.dir().root);
  if (!disk) return examination.add(Level::kProblem, "disk", disk.error().message);
  const int64_t now = unix_time_ms();
  const std::string remedy = "; synchronise the clocks (NTP): times of changes, links that end and leases of jobs go by them";
  if (clocks->newest_ms > now + kDriftMsMax) {
    return examination.add(Level::kWarning, "clock",
                           fmt::format("the newest product is from {}, but it is {} here{}", format_utc(clocks->newest_ms), format_utc(now), remedy));
  }
  if (std::abs(clocks->database_ms - now) > kDriftMsMax) {
    return examination.add(Level::kWarning, "clock", fmt::format("the database's clock is {} ms from this machine's{}", clocks->database_ms - now, remedy));
  }
  if (std::abs(*disk - now) > kDriftMsMax) {
    return examination.add(Level::kWarning, "clock", fmt::format("the disk's clock is {} ms from this machine's{}", *disk - now, remedy));
  }
  examination.add(Level::kOk, "clock", format_utc(now));
}

}  // namespace nozama
