#pragma once

#include "base/error.h"
#include "engine/search.h"

namespace nozama {

// What a search may ask for, whoever asks: kInvalidArgument "bad_parameter" or "bad_crop", with field, value and range.
Status check_query(const SearchQuery& query);

}  // namespace nozama
