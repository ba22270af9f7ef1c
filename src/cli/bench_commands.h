// The subcommands of `nozama bench`.
#pragma once

#include "cli/command.h"

namespace nozama {

void add_bench_embeddings_command(CLI::App& bench, CommandContext& context);

}  // namespace nozama
