#include "bench/peers_script.h"

#include <cstddef>

asm(".section .rodata\n"
    "nozama_peers_script:\n"
    ".incbin \"" NOZAMA_PEERS_SCRIPT
    "\"\n"
    "nozama_peers_script_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" __attribute__((visibility("hidden"))) const char nozama_peers_script[];
extern "C" __attribute__((visibility("hidden"))) const char nozama_peers_script_end[];

namespace nozama {

std::string_view peers_script() { return {nozama_peers_script, static_cast<size_t>(nozama_peers_script_end - nozama_peers_script)}; }

}  // namespace nozama
