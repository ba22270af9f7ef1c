#include "engine/import_records.h"

#include <fmt/format.h>

#include "base/half.h"
#include "catalog/money.h"
#include "catalog/validation.h"
#include "engine/picture_reference.h"

namespace nozama {

ProductRecord record_of(const ProductDraft& draft) {
  ProductRecord record;
  record.external_id = draft.external_id;
  record.source_line = draft.line;
  for (const DraftText& text : draft.texts) record.texts.push_back({text.lang, text.title, text.description});
  record.brand = draft.brand;
  record.currency = draft.currency;
  if (draft.price) {
    if (const auto minor = parse_money(*draft.price, draft.currency)) record.price_minor = *minor;
  }
  record.stock = draft.stock;
  record.rating = draft.rating;
  record.rating_count = draft.rating_count;
  record.url = draft.url;
  record.category_path = draft.category_path;
  record.other_category_paths = draft.other_category_paths;
  for (const DraftVariant& variant : draft.variants) {
    VariantRecord entry{variant.key, variant.title, std::nullopt, variant.stock, {}};
    if (variant.price) {
      if (const auto minor = parse_money(*variant.price, draft.currency)) entry.price_minor = *minor;
    }
    for (const DraftAttribute& attribute : variant.attributes) entry.attributes.push_back({attribute.name, attribute.value});
    record.variants.push_back(std::move(entry));
  }
  for (const DraftAttribute& attribute : draft.attributes) record.attributes.push_back({attribute.name, attribute.value});
  for (const DraftRelation& relation : draft.relations) record.relations.push_back({relation.kind, relation.other_id});
  return record;
}

ProductDraft draft_of(const ProductRecord& record, PictureNames names) {
  ProductDraft draft{.line = record.source_line, .external_id = record.external_id, .brand = record.brand, .currency = record.currency};
  for (const LocalizedText& text : record.texts) draft.texts.push_back({text.lang, text.title, text.description});
  if (record.price_minor) draft.price = format_money(*record.price_minor, record.currency);
  draft.stock = record.stock;
  draft.rating = record.rating;
  draft.rating_count = record.rating_count;
  draft.url = record.url;
  draft.category_path = record.category_path;
  draft.other_category_paths = record.other_category_paths;
  for (const VariantRecord& variant : record.variants) {
    DraftVariant entry{variant.key, variant.title, std::nullopt, variant.stock, {}};
    if (variant.price_minor) entry.price = format_money(*variant.price_minor, record.currency);
    for (const Attribute& attribute : variant.attributes) entry.attributes.push_back({attribute.name, attribute.value});
    draft.variants.push_back(std::move(entry));
  }
  for (const PictureRecord& picture : record.pictures) {
    const bool by_source = names == PictureNames::kSource && is_remote(picture.source_ref);
    draft.pictures.push_back({by_source ? picture.source_ref : fmt::format("{}{}", kStoredPrefix, picture.content_hash), picture.variant_key});
  }
  for (const Attribute& attribute : record.attributes) draft.attributes.push_back({attribute.name, attribute.value});
  for (const RelationRecord& relation : record.relations) draft.relations.push_back({relation.kind, relation.other_id});
  return draft;
}

Result<EventRecord> record_of(const EventDraft& draft) {
  for (const std::string* id : {&draft.product_id, &draft.actor_id}) {
    if (!is_clean_line(*id) || id->size() > kExternalIdBytesMax) {
      return fail(ErrorCode::kInvalidArgument, "bad_id",
                  fmt::format("'{}' must be one line of UTF-8 text of at most {} bytes", id->substr(0, 60), kExternalIdBytesMax));
    }
  }
  return EventRecord{draft.kind, draft.product_id, draft.actor_id, draft.value, draft.time_ms};
}

FeatureRecord record_of(const FeatureDraft& draft) { return {draft.product_id, encode_half(draft.values)}; }

}  // namespace nozama
