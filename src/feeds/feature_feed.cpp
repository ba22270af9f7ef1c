// The image features of McAuley, Targett, Shi and van den Hengel, "Image-based recommendations on styles and substitutes",
// SIGIR 2015: records of 10 bytes of ASIN and 4096 little-endian 32-bit numbers, without a header.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "feeds/dialects.h"

namespace nozama {
namespace {

constexpr size_t kIdBytes = 10, kNumbers = 4096;
constexpr size_t kRecordBytes = kIdBytes + kNumbers * sizeof(float);

bool is_asin(std::string_view text) {
  return text.size() == kIdBytes && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

class FeatureFeed final : public RowsFeed {
 public:
  explicit FeatureFeed(FeedInput input) : RowsFeed(std::move(input), "amazon-image-features") {}

 protected:
  bool read_rows(std::vector<FieldRow>&, std::vector<RowError>& errors) override {
    std::string record;
    record.reserve(kRecordBytes);
    for (int c = 0; record.size() < kRecordBytes && (c = bytes().get()) >= 0;) record += static_cast<char>(c);
    if (record.empty()) return false;
    ++record_;
    if (record.size() < kRecordBytes) {
      errors.push_back(builder_.row_error(record_, "feed_cut", "the file ends inside this record of 16,394 bytes; fetch it again"));
      return false;
    }
    FeatureDraft draft{.line = record_, .product_id = record.substr(0, kIdBytes), .values = std::vector<float>(kNumbers)};
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(draft.values.data(), record.data() + kIdBytes, kNumbers * sizeof(float));
    const bool finite = std::all_of(draft.values.begin(), draft.values.end(), [](float value) { return std::isfinite(value); });
    if (!is_asin(draft.product_id)) {
      errors.push_back(builder_.row_error(record_, "bad_id", "the record does not begin with an ASIN: ten capital letters and digits"));
    } else if (!finite) {
      errors.push_back(builder_.row_error(record_, "bad_number", "the record has numbers that are not finite"));
    } else {
      emit(std::move(draft));
    }
    return true;
  }

 private:
  int64_t record_ = 0;
};

}  // namespace

bool is_feature_feed(std::string_view start) {
  if (!is_asin(start.substr(0, kIdBytes)) || start.size() <= kIdBytes) return false;
  if (start.size() >= kRecordBytes + kIdBytes) return is_asin(start.substr(kRecordBytes, kIdBytes));
  return start.substr(0, kRecordBytes).find('\0') != std::string_view::npos;  // most of the numbers are 0
}

std::unique_ptr<FeedReader> open_feature_feed(FeedInput input) { return std::make_unique<FeatureFeed>(std::move(input)); }

}  // namespace nozama
