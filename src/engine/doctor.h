// Checks everything a shop's data directory holds, and says what to do about what is wrong.
#pragma once

#include <string>
#include <vector>

#include "engine/workspace.h"

namespace nozama {

struct DoctorFinding {
  enum class Level { kOk, kWarning, kProblem };
  Level level = Level::kOk;
  std::string check;   // "database", "pictures", "index" …
  std::string detail;  // what was found and, unless kOk, the remedy
};

// Never fails: what cannot be opened is a finding.
std::vector<DoctorFinding> examine(const WorkspaceOptions& options);

}  // namespace nozama
