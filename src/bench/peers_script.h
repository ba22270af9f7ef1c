// bench/index/peers.py, which runs the other engines; it is part of the program.
#pragma once

#include <string_view>

namespace nozama {

std::string_view peers_script();

}  // namespace nozama
