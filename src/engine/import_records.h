// What a feed says → what the catalogue stores.
#pragma once

#include "catalog/records.h"
#include "feeds/draft.h"

namespace nozama {

// Without its pictures, which are read first.
ProductRecord record_of(const ProductDraft& draft);

// The other way, with how pictures are named: all by nozama:HASH, or those that came from a URL by that.
enum class PictureNames { kStored, kSource };
ProductDraft draft_of(const ProductRecord& record, PictureNames names);

// kInvalidArgument "bad_id" when a name is not one line of clean text.
Result<EventRecord> record_of(const EventDraft& draft);
FeatureRecord record_of(const FeatureDraft& draft);

}  // namespace nozama
