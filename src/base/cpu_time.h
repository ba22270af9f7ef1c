// Processor time: unlike time by the clock, the same whatever else the machine does.
#pragma once

namespace nozama {

double process_cpu_seconds();  // of all threads
double thread_cpu_seconds();   // of this one

}  // namespace nozama
