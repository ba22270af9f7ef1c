// With which encoder the catalogue takes in pictures.
#pragma once

#include <stop_token>
#include <string>

#include "base/error.h"
#include "engine/workspace.h"

namespace nozama {

// The catalogue's, in its precision exactly (kUnsupported "precision_unsupported" where this processor cannot). The first call of a new
// catalogue chooses one for it, measured here; `why` then tells of it.
Result<OpenedEncoder> open_for_import(Workspace& workspace, const std::stop_token& stop, std::string& why);

}  // namespace nozama
