// What served with an encoder before the catalogue changed over to another one: going back takes no learning.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "catalog/serving.h"

namespace nozama {

class Workspace;

Status remember_serving(Workspace& workspace, const ServingRow& row);

// Nothing when there never was one, its models are gone (pruned), or the catalogue has outgrown what it was learned from.
Result<std::optional<ServingRow>> former_serving(Workspace& workspace, const std::string& encoder_id);

}  // namespace nozama
