#pragma once

namespace nozama {

// Parses the command line, runs one subcommand and returns the exit code.
int run_program(int argc, char** argv);

}  // namespace nozama
