// The doctor's checks, each in a file with what it may mend. Internal to the doctor.
#pragma once

#include <string>
#include <vector>

#include "engine/doctor.h"

namespace nozama {

struct Examination {
  using Level = DoctorFinding::Level;

  Workspace& workspace;
  const DoctorOptions& options;
  std::vector<DoctorFinding>& findings;

  void add(Level level, std::string check, std::string detail) const { findings.push_back({level, std::move(check), std::move(detail)}); }
  // "; nozama doctor --repair mends it" where that is so and was not asked for.
  static std::string by_repair() { return "; nozama doctor --repair mends it"; }
};

// Originals: those that the catalogue names are there and are what their names say; what else lies there. Missing ones are read or
// fetched again where their source still has them.
void examine_pictures(const Examination& examination);
// Thumbnails of pictures that are gone, and damaged ones: removed, for they are made again on request.
void examine_thumbnails(const Examination& examination);
// Temporary files of programs that died.
void examine_leftovers(const Examination& examination);
// The index snapshot against its checksums and against the catalogue: made again.
void examine_index(const Examination& examination);
// This machine's clock against the database's, the newest product's and the disk's.
void examine_clock(const Examination& examination);

}  // namespace nozama
