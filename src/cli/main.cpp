#include "cli/program.h"

int main(int argc, char** argv) { return nozama::run_program(argc, argv); }
