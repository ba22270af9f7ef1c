// What a feed says → what the catalogue stores.
#pragma once

#include "catalog/records.h"
#include "feeds/draft.h"

namespace nozama {

// Without its pictures, which are read first.
ProductRecord record_of(const ProductDraft& draft);

// kInvalidArgument "bad_id" when a name is not one line of clean text.
Result<EventRecord> record_of(const EventDraft& draft);
FeatureRecord record_of(const FeatureDraft& draft);

}  // namespace nozama
