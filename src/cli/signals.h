#pragma once

#include <stop_token>

namespace nozama {

// Turns the first SIGINT or SIGTERM into a stop request, and ends the program at once on the second.
// Call before any other thread starts: it blocks both signals in the caller, and so in all its threads.
std::stop_token stop_on_signals();

}  // namespace nozama
