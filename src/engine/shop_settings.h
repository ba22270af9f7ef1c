// What the shop says of itself, kept as settings in the catalogue.
#pragma once

#include "base/error.h"
#include "engine/engine.h"

namespace nozama {

class Workspace;

Result<ShopInfo> load_shop(Workspace& workspace);
Status save_shop(Workspace& workspace, const ShopInfo& shop);

}  // namespace nozama
