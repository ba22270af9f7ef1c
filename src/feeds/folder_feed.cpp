// A folder tree class/picture: each picture is a product, its folders are the category.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/picture_files.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

class FolderFeed final : public FeedReader {
 public:
  explicit FolderFeed(std::vector<fs::path> pictures) : pictures_(std::move(pictures)) {
    for (const fs::path& picture : pictures_) {
      if (!stems_.insert(stem_of(picture)).second) shared_stems_.insert(stem_of(picture));
    }
  }

  std::string_view dialect() const override { return "folder"; }
  int64_t position() const override { return static_cast<int64_t>(next_); }
  int64_t size() const override { return static_cast<int64_t>(pictures_.size()); }

  Result<std::optional<FeedItem>> next() override {
    if (next_ == pictures_.size()) return std::optional<FeedItem>();
    const fs::path& picture = pictures_[next_++];
    if (!is_utf8(picture.string())) {
      return std::optional<FeedItem>(
          RowError{0, Error{ErrorCode::kInvalidArgument, "not_utf8", fmt::format("the name of picture {} is not UTF-8 text", next_)}});
    }
    ProductDraft draft;
    // `shoe.jpg` beside `shoe.png`: then the ending tells them apart.
    draft.external_id = shared_stems_.contains(stem_of(picture)) ? picture.generic_string() : stem_of(picture);
    for (const fs::path& part : picture.parent_path()) draft.category_path.push_back(part.string());
    const std::string kind = draft.category_path.empty() ? "" : draft.category_path.back() + " ";
    draft.texts.push_back({"", kind + picture.stem().string(), ""});
    draft.pictures.push_back({picture.string(), ""});
    return std::optional<FeedItem>(std::move(draft));
  }

 private:
  static std::string stem_of(const fs::path& picture) { return (picture.parent_path() / picture.stem()).generic_string(); }

  std::vector<fs::path> pictures_;  // relative to the folder, sorted
  std::set<std::string> stems_, shared_stems_;
  size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeedReader>> open_folder_feed(const fs::path& folder) {
  auto pictures = list_picture_files(folder);
  if (!pictures) return propagate(pictures);
  if (pictures->empty()) {
    return fail(ErrorCode::kInvalidArgument, "empty_feed", fmt::format("{} has no pictures (.jpg, .jpeg, .png, .webp, .gif)", folder.string()));
  }
  return std::make_unique<FolderFeed>(std::move(*pictures));
}

}  // namespace nozama
