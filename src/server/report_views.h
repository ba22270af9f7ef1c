// The reports of the command line as one line of JSON each.
#pragma once

#include <string>
#include <vector>

#include "engine/backup.h"
#include "engine/doctor.h"
#include "engine/import.h"
#include "engine/reembed.h"
#include "engine/training.h"

namespace nozama {

std::string import_report_json(const ImportReport& report);
std::string reembed_report_json(const ReembedReport& report);
std::string training_report_json(const TrainingReport& report);
std::string backup_report_json(const BackupReport& report, double seconds);
std::string doctor_json(const std::vector<DoctorFinding>& findings);

}  // namespace nozama
