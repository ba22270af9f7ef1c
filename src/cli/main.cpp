#include <malloc.h>

#include "cli/program.h"

int main(int argc, char** argv) {
  // Every picture takes and gives back a megabyte or two: kept by the program between pictures, they cost no page faults.
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
  mallopt(M_TOP_PAD, 2 << 20);
  return nozama::run_program(argc, argv);
}
