#include "engine/demo_shop.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/file.h"
#include "catalog/catalog.h"
#include "engine/shop_settings.h"
#include "engine/workspace.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPhotoBytesMax = size_t{8} << 20;

struct QueryPhoto {
  fs::path picture;
  std::string product_id;
};

// samples.json: [{"picture": path relative to the folder, "product_id": id}, …]
Result<std::vector<QueryPhoto>> read_photos(const fs::path& demo_dir) {
  const fs::path list = demo_dir / "samples.json";
  const auto text = read_text_file(list, kPhotoBytesMax);
  if (!text) return propagate(text, "the sample shop");
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*text, error);
  std::vector<QueryPhoto> photos;
  if (!error && value.is_array()) {
    for (const boost::json::value& entry : value.get_array()) {
      const boost::json::object* object = entry.if_object();
      const auto text_of = [object](const char* name) {
        const boost::json::value* found = object != nullptr ? object->if_contains(name) : nullptr;
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
      };
      if (!text_of("picture").empty()) photos.push_back({demo_dir / text_of("picture"), text_of("product_id")});
    }
  }
  if (photos.empty()) return fail(ErrorCode::kInvalidArgument, "bad_samples", fmt::format("{} lists no photos", list.string()));
  return photos;
}

Status copy_photo(const fs::path& from, const fs::path& to) {
  const auto bytes = read_file(from, kPhotoBytesMax);
  if (!bytes) return propagate(bytes);
  return write_file_atomic(to, *bytes);
}

}  // namespace

Status set_up_demo_shop(Workspace& workspace, const fs::path& demo_dir) {
  const auto photos = read_photos(demo_dir);
  if (!photos) return propagate(photos);
  std::error_code error;
  fs::create_directories(workspace.dir().samples(), error);
  ShopInfo shop;
  shop.name = "Nozama sample shop";
  shop.currency = "EUR";
  shop.languages = {"en", "de", "fr", "es", "ja"};
  shop.sample_data = true;
  shop.notice = "Sample data: the pictures are renderings of 3D models; prices, stock and ratings are made up by a formula.";
  for (const QueryPhoto& photo : *photos) {
    const auto product = workspace.catalog().product(photo.product_id, "en");
    if (!product) continue;  // a part of the shop may have been imported
    const std::string name = fmt::format("sample-{:02}{}", shop.samples.size() + 1, photo.picture.extension().string());
    const Status copied = copy_photo(photo.picture, workspace.dir().samples() / name);
    if (!copied) return copied;
    shop.samples.push_back({name, product->card.title});
  }
  return save_shop(workspace, shop);
}

}  // namespace nozama
