// Checks everything a shop's data directory holds, mends what can be made again, and says what to do about the rest.
#pragma once

#include <string>
#include <vector>

#include "engine/workspace.h"

namespace nozama {

struct DoctorFinding {
  enum class Level { kOk, kRepaired, kWarning, kProblem };
  Level level = Level::kOk;
  std::string check;   // "database", "pictures", "index" …
  std::string detail;  // what was found and, unless kOk, the remedy or what has been done
};

struct DoctorOptions {
  bool all_pictures = false;  // compare every picture and thumbnail with its checksum, not a sample
  bool repair = false;        // make again what is derived, fetch again what its source still has; also while the shop serves
};

// Never fails: what cannot be opened is a finding.
std::vector<DoctorFinding> examine(const WorkspaceOptions& place, const DoctorOptions& options = {});

}  // namespace nozama
