#include "engine/labelled_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "feeds/picture_files.h"

namespace nozama {

Result<LabelledFolder> read_labelled_folder(const std::filesystem::path& folder) {
  const auto pictures = list_picture_files(folder);
  if (!pictures) return propagate(pictures);
  LabelledFolder labelled;
  labelled.folder = folder;
  const auto class_of = [](const std::filesystem::path& picture) { return picture.begin()->string(); };
  for (const auto& picture : *pictures) {
    if (picture.has_parent_path()) labelled.classes.push_back(class_of(picture));
  }
  std::sort(labelled.classes.begin(), labelled.classes.end());
  labelled.classes.erase(std::unique(labelled.classes.begin(), labelled.classes.end()), labelled.classes.end());
  for (const auto& picture : *pictures) {
    if (!picture.has_parent_path()) {
      ++labelled.without_class;
      continue;
    }
    const auto place = std::lower_bound(labelled.classes.begin(), labelled.classes.end(), class_of(picture));
    labelled.pictures.push_back({picture.string(), static_cast<size_t>(place - labelled.classes.begin())});
  }
  if (labelled.pictures.empty()) {
    const std::string found = labelled.without_class > 0 ? fmt::format("{} pictures lie directly in it", labelled.without_class) : "it has no pictures";
    return fail(ErrorCode::kInvalidArgument, "no_labels",
                fmt::format("{} has no labels: {}; put each picture into a folder named after its class, as in {}/shoes/1.jpg", folder.string(), found,
                            folder.filename().string()));
  }
  return labelled;
}

}  // namespace nozama
