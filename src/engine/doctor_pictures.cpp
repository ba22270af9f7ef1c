#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/hash.h"
#include "base/leftovers.h"
#include "catalog/catalog.h"
#include "catalog/picture_hashes.h"
#include "engine/doctor_checks.h"
#include "image/decode.h"
#include "media/blob_store.h"
#include "net/guarded_fetch.h"

namespace nozama {
namespace {

using Level = DoctorFinding::Level;

constexpr int64_t kSample = 200;
constexpr size_t kPictureBytesMax = size_t{1} << 30;

// The first 64 bits of the hash that a key is, or begins with: enough to tell a million pictures apart, in 8 bytes each.
uint64_t number_of(std::string_view key) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + std::min<size_t>(key.size(), 16), number, 16);
  return error == std::errc() && end == key.data() + 16 ? number : checksum64(as_byte_span(key));
}

Result<std::vector<uint64_t>> sorted_numbers(const std::function<Status(const std::function<Status(const std::string&)>&)>& for_each) {
  std::vector<uint64_t> numbers;
  const Status listed = for_each([&numbers](const std::string& key) {
    numbers.push_back(number_of(key));
    return Status{};
  });
  if (!listed) return propagate(listed);
  std::ranges::sort(numbers);
  return numbers;
}

Result<std::vector<uint64_t>> named_pictures(Catalog& catalog) {
  return sorted_numbers([&catalog](const auto& callback) { return for_each_picture_hash(catalog, callback); });
}

bool holds(const std::vector<uint64_t>& sorted, std::string_view key) { return std::ranges::binary_search(sorted, number_of(key)); }

class PictureCheck {
 public:
  explicit PictureCheck(const Examination& examination) : examination_(examination), workspace_(examination.workspace) {}

  void run() {
    const auto stored = sorted_numbers([this](const auto& callback) { return workspace_.pictures().for_each_key(callback); });
    if (!stored) return examination_.add(Level::kProblem, "pictures", stored.error().message);
    const auto stats = workspace_.catalog().stats();
    if (!stats) return examination_.add(Level::kProblem, "pictures", stats.error().message);
    const int64_t every = examination_.options.all_pictures ? 1 : std::max<int64_t>(1, stats->distinct_pictures / kSample);
    const Status looked = for_each_picture_hash(workspace_.catalog(), [&](const std::string& hash) {
      const bool there = holds(*stored, hash);
      const bool read = there && named_ % every == 0;
      ++named_;
      found_ += there ? 1 : 0;
      read_ += read ? 1 : 0;
      if (!there || (read && !is_sound(hash))) mend(hash, there);
      return Status{};
    });
    if (!looked) return examination_.add(Level::kProblem, "pictures", looked.error().message);
    tell(static_cast<int64_t>(stored->size()));
  }

 private:
  bool is_sound(const std::string& hash) {
    const auto bytes = workspace_.pictures().get(hash);
    return bytes && content_hash(*bytes) == hash;
  }

  void mend(const std::string& hash, bool damaged) {
    (damaged ? damaged_ : missing_) += 1;
    example_ = hash;
    if (!examination_.options.repair) return;
    const auto bytes = from_source(hash);
    if (!bytes || content_hash(*bytes) != hash) return;
    if (damaged && !workspace_.pictures().remove(hash)) return;
    mended_ += workspace_.pictures().put(hash, *bytes) ? 1 : 0;
  }

  // The file or page that the picture was imported from, if it still is what it was.
  Result<std::vector<std::byte>> from_source(const std::string& hash) {
    const auto picture = workspace_.catalog().picture_by_hash(hash);
    if (!picture) return propagate(picture);
    if (!picture->source_ref.starts_with("http://") && !picture->source_ref.starts_with("https://")) return read_file(picture->source_ref, kPictureBytesMax);
    auto fetched = workspace_.fetcher().fetch(picture->source_ref, {}, {});
    if (!fetched) return propagate(fetched);
    return std::move(fetched->bytes);
  }

  void tell(int64_t stored) {
    const int64_t wrong = missing_ + damaged_ - mended_;
    const std::string found = fmt::format("of {} pictures {} are missing and {} damaged (such as {})", named_, missing_, damaged_, example_);
    if (wrong > 0) {
      examination_.add(Level::kProblem, "pictures",
                       fmt::format("{}; {}copy them from a backup's pictures/ folder", found,
                                   examination_.options.repair ? fmt::format("{} could be read again from where they came, for the others ", mended_)
                                                               : "nozama doctor --repair reads them again where their source still has them; else "));
    } else if (mended_ > 0) {
      examination_.add(Level::kRepaired, "pictures", found + "; they have been read again from where they came");
    } else {
      examination_.add(Level::kOk, "pictures", fmt::format("{} are all there, {} of them compared with their checksums", named_, read_));
    }
    if (stored > found_) {
      examination_.add(Level::kOk, "orphans",
                       fmt::format("{} originals that no product has any more; they do no harm, and return with a backup that names them", stored - found_));
    }
  }

  const Examination& examination_;
  Workspace& workspace_;
  int64_t named_ = 0, found_ = 0, read_ = 0, missing_ = 0, damaged_ = 0, mended_ = 0;
  std::string example_;
};

}  // namespace

void examine_pictures(const Examination& examination) { PictureCheck(examination).run(); }

void examine_thumbnails(const Examination& examination) {
  BlobStore& thumbnails = examination.workspace.thumbnails();
  const auto named = named_pictures(examination.workspace.catalog());
  if (!named) return examination.add(Level::kProblem, "thumbnails", named.error().message);
  int64_t seen = 0;
  std::vector<std::string> bad;
  const Status listed = thumbnails.for_each_key([&](const std::string& key) {
    const bool read = examination.options.all_pictures || seen < kSample;
    ++seen;
    const auto bytes = read ? thumbnails.get(key) : Result<std::vector<std::byte>>();
    if (!holds(*named, key) || !bytes || (read && !decode_image(*bytes, {}, 0))) bad.push_back(key);
    return Status{};
  });
  if (!listed) return examination.add(Level::kProblem, "thumbnails", listed.error().message);
  if (bad.empty()) return examination.add(Level::kOk, "thumbnails", fmt::format("{} kept", seen));
  const std::string found = fmt::format("{} of {} are damaged or of pictures that are gone", bad.size(), seen);
  if (!examination.options.repair) return examination.add(Level::kWarning, "thumbnails", found + Examination::by_repair());
  for (const std::string& key : bad) {
    if (const Status removed = thumbnails.remove(key); !removed) return examination.add(Level::kProblem, "thumbnails", removed.error().message);
  }
  examination.add(Level::kRepaired, "thumbnails", found + "; they have been removed, and are made again when asked for");
}

void examine_leftovers(const Examination& examination) {
  const std::filesystem::path& root = examination.workspace.dir().root;
  const auto found = find_leftovers(root);
  if (found.empty()) return examination.add(Level::kOk, "leftovers", "none");
  const std::string told = fmt::format("{} temporary files of programs that died, such as {}", found.size(), found.front().string());
  if (!examination.options.repair) return examination.add(Level::kWarning, "leftovers", told + Examination::by_repair());
  std::error_code error;
  for (const auto& path : found) std::filesystem::remove(path, error);
  if (!find_leftovers(root).empty()) return examination.add(Level::kProblem, "leftovers", told + "; they cannot be removed: " + error.message());
  examination.add(Level::kRepaired, "leftovers", told + "; they have been removed");
}

}  // namespace nozama
