// `nozama bench index` but for the program around it: bench/index/main.cpp is the same without the encoder's libraries.
#pragma once

#include <stop_token>

#include "base/error.h"
#include "bench/index_bench.h"

namespace CLI {
class App;
}

namespace nozama {

void add_index_bench_flags(CLI::App& command, IndexBenchOptions& options);

// Prints a line a measurement: JSON, or a table.
Status run_index_bench(IndexBenchOptions options, bool json, const std::stop_token& stop);

}  // namespace nozama
