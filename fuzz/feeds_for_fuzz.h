// What the fuzz targets of feeds share: a file of the input's bytes, and what must be true of every item read from it.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "feeds/draft_builder.h"
#include "feeds/reader.h"

namespace nozama {

inline void check(const ProductDraft& draft) {
  if (draft.external_id.empty() || draft.texts.empty() || draft.line < 1) abort_with("a draft without id, title or line");
  for (const DraftText& text : draft.texts) {
    if (text.title.empty()) abort_with("an empty title");
  }
  if (draft.price && parse_price(*draft.price) != *draft.price) abort_with("a price that is not plain");
  if (draft.price && draft.currency.size() != 3) abort_with("a price without a currency");
  for (const DraftVariant& variant : draft.variants) {
    if (variant.key.empty()) abort_with("a variant without a key");
    if (variant.price && (parse_price(*variant.price) != *variant.price || draft.currency.size() != 3)) abort_with("a variant's price");
  }
  for (const DraftPicture& picture : draft.pictures) {
    if (picture.reference.empty()) abort_with("a picture without a reference");
  }
  for (const DraftRelation& relation : draft.relations) {
    if (relation.kind.empty() || relation.other_id.empty()) abort_with("a relation to nothing");
  }
  for (const auto& path : draft.other_category_paths) {
    if (path.empty()) abort_with("an empty category path");
  }
}

inline void check(const EventDraft& event) {
  if (event.line < 1 || event.product_id.empty() || event.actor_id.empty() || !(event.value >= 0 && event.value <= 5) || event.time_ms < 0)
    abort_with("an event");
}

inline void check(const FeatureDraft& features) {
  if (features.line < 1 || features.product_id.size() != 10 || features.values.size() != 4096) abort_with("features");
}

// Reads to the end; returns the items. `name` is the file's.
inline size_t read_items(FeedReader& feed, const std::string& name) {
  size_t items = 0;
  bool damaged = false;
  while (true) {
    const auto item = feed.next();
    if (!item) abort_with("a readable file failed");
    if (!*item) break;
    ++items;
    if (const auto* error = std::get_if<RowError>(&**item)) {
      if (error->line < 1 || !error->error.message.starts_with(name + ":")) abort_with("an error without its line");
      damaged = damaged || error->error.reason.starts_with("gzip_");
      continue;
    }
    std::visit(
        [](const auto& draft) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(draft)>, RowError>) check(draft);
        },
        **item);
  }
  if (feed.position() != feed.size() && !damaged) abort_with("the feed was not read to its end");
  return items;
}

// A folder of this process, gone with it. Fastest with TMPDIR in memory.
inline std::filesystem::path fuzz_file(std::string_view name, std::string_view bytes) {
  struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("nozama-feed-fuzz-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  const std::filesystem::path path = folder.path / name;
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace nozama
