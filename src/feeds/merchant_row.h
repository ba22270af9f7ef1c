// One product of Google's Merchant Center in our field names, whatever file it came in: docs/feeds/google-merchant.md.
#pragma once

#include "feeds/draft_builder.h"

namespace nozama {

// "g:Image Link" → "image_link".
std::string merchant_name(std::string_view name);

// The fields' names are merchant_name()s; what Google lets stand several times may stand several times.
void translate_merchant_row(FieldRow& row);

}  // namespace nozama
