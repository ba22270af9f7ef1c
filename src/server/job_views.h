// Jobs as JSON.
#pragma once

#include <string>
#include <vector>

#include "catalog/jobs.h"

namespace nozama {

std::string job_json(const JobRecord& job);
std::string jobs_json(const std::vector<JobRecord>& jobs);
std::string job_errors_json(const std::vector<JobError>& errors);
// A line of CSV (RFC 4180).
std::string job_error_csv(const JobError& error);

}  // namespace nozama
