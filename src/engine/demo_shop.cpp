#include "engine/demo_shop.h"

#include <fmt/format.h>

#include <fstream>

#include "base/file.h"
#include "catalog/catalog.h"
#include "engine/shop_settings.h"
#include "engine/workspace.h"
#include "feeds/csv_parser.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSamples = 12;
constexpr size_t kPhotoBytesMax = size_t{8} << 20;

struct QueryPhoto {
  fs::path picture;
  std::string product_id;
};

Result<std::vector<QueryPhoto>> read_photos(const fs::path& demo_dir) {
  const fs::path list = fs::exists(demo_dir / "samples.csv") ? demo_dir / "samples.csv" : demo_dir / "queries.csv";
  CsvParser parser(std::ifstream(list, std::ios::binary), ',');
  CsvRow row;
  std::vector<QueryPhoto> photos;
  parser.next(row);  // header: picture,product_id
  while (parser.next(row) == CsvParser::Outcome::kRow) {
    if (row.fields.size() >= 2) photos.push_back({demo_dir / row.fields[0], row.fields[1]});
  }
  if (photos.empty()) return fail(ErrorCode::kNotFound, "demo_missing", fmt::format("{} lists no photos; is this the folder of the sample shop?", list.string()));
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
  // Spread over the list, which goes through all groups of the shop.
  for (size_t i = 0; i < std::min(kSamples, photos->size()); ++i) {
    const QueryPhoto& photo = (*photos)[i * photos->size() / std::min(kSamples, photos->size())];
    const auto product = workspace.catalog().product(photo.product_id, "en");
    if (!product) continue;  // a part of the shop may have been imported
    const std::string name = fmt::format("sample-{:02}{}", i + 1, photo.picture.extension().string());
    const Status copied = copy_photo(photo.picture, workspace.dir().samples() / name);
    if (!copied) return copied;
    shop.samples.push_back({name, product->card.title});
  }
  return save_shop(workspace, shop);
}

}  // namespace nozama
