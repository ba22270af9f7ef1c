#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Workspace;

// A WebP of a stored picture, no side longer than `width`: from the thumbnail store, or made and kept there.
// `width` is one of kThumbnailWidths. kNotFound "unknown_picture".
Result<std::vector<std::byte>> make_thumbnail(Workspace& workspace, const std::string& content_hash, int width);

inline constexpr int kThumbnailWidths[] = {160, 320, 640, 1280};

}  // namespace nozama
