#pragma once

#include <stop_token>

#include "config/config.h"

namespace nozama {

// Serves until asked to stop; prints "listening on http://HOST:PORT" on standard output. Returns the exit code.
int serve_until_stopped(const Config& config, std::stop_token stop);

}  // namespace nozama
