// Any bytes as a feed of each dialect made of a file: every item is a usable product or an error that names the place.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "base/error.h"
#include "feeds/draft_builder.h"
#include "feeds/reader.h"

namespace {

void check(const nozama::ProductDraft& draft) {
  using nozama::abort_with;
  if (draft.external_id.empty() || draft.texts.empty() || draft.line < 1) abort_with("a draft without id, title or line");
  for (const nozama::DraftText& text : draft.texts) {
    if (text.title.empty()) abort_with("an empty title");
  }
  if (draft.price && nozama::parse_price(*draft.price) != *draft.price) abort_with("a price that is not plain");
  if (draft.price && draft.currency.size() != 3) abort_with("a price without a currency");
  for (const nozama::DraftVariant& variant : draft.variants) {
    if (variant.key.empty()) abort_with("a variant without a key");
    if (variant.price && (nozama::parse_price(*variant.price) != *variant.price || draft.currency.size() != 3)) abort_with("a variant's price");
  }
  for (const nozama::DraftPicture& picture : draft.pictures) {
    if (picture.reference.empty()) abort_with("a picture without a reference");
  }
}

// Returns the items read.
size_t read_feed(const std::filesystem::path& path) {
  const auto feed = nozama::open_feed(path);
  if (!feed) {
    if (feed.error().message.find(path.filename().string()) == std::string::npos) nozama::abort_with("an error without the file's name");
    return 0;
  }
  size_t items = 0;
  while (true) {
    const auto item = (*feed)->next();
    if (!item) nozama::abort_with("a readable file failed");
    if (!*item) break;
    ++items;
    if (const auto* draft = std::get_if<nozama::ProductDraft>(&**item)) {
      check(*draft);
    } else if (const auto& error = std::get<nozama::RowError>(**item); error.line < 1 || !error.error.message.starts_with(path.filename().string() + ":")) {
      nozama::abort_with("an error without its line");
    }
  }
  if ((*feed)->position() != (*feed)->size()) nozama::abort_with("the feed was not read to its end");
  return items;
}

// Of this process, gone with it. Fastest with TMPDIR in memory.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("nozama-feed-fuzz-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  for (const char* name : {"feed.txt", "Shoes_downloaded.csv"}) {
    std::ofstream(folder.path / name, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    // No more items than bytes and a bit: rows that a quote swallowed are read twice at most.
    if (read_feed(folder.path / name) > 2 * size + 2) nozama::abort_with("more items than the feed has");
  }
  return 0;
}
