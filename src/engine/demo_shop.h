// The sample shop of `demo/`: its settings and sample photos.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace nozama {

class Workspace;

// Copies the photos of the folder's samples.json beside the catalogue and says that the shop is a sample. Call after
// the import: the photos are titled after their products.
Status set_up_demo_shop(Workspace& workspace, const std::filesystem::path& demo_dir);

}  // namespace nozama
