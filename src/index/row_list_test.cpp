#include "index/row_list.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace nozama {
namespace {

constexpr size_t kDimension = 16;

// Codes of so many blocks, all zero, in the bytes of a snapshot of which one may be damaged.
class StoredCodes {
 public:
  explicit StoredCodes(size_t blocks)
      : blocks_(blocks),
        heads_(blocks * kBlockRows * space_->head_bytes()),
        tails_(blocks * kBlockRows * space_->tail_bytes()),
        numbers_(blocks * kBlockRows) {}

  size_t heads() const { return heads_; }
  RowList list(size_t damaged_byte) {
    std::vector<std::byte> bytes(heads_ + tails_ + blocks_ * sizeof(BlockErrors));
    std::vector<uint64_t> checksums;
    for (size_t first = 0; first < bytes.size(); first += SnapshotBytes::kBlockBytes)
      checksums.push_back(checksum64(std::span(bytes).subspan(first, std::min(SnapshotBytes::kBlockBytes, bytes.size() - first))));
    bytes[damaged_byte] = std::byte{1};
    file_ = SnapshotBytes::copy(bytes);
    file_->expect(0, bytes.size(), std::move(checksums));
    const auto* start = reinterpret_cast<const uint8_t*>(file_->all().data());
    const auto* errors = reinterpret_cast<const BlockErrors*>(start + heads_ + tails_);
    return RowList(space_, {file_, numbers_, {start, heads_}, {start + heads_, tails_}, {errors, blocks_}});
  }
  const SnapshotBytes& file() const { return *file_; }

 private:
  std::shared_ptr<const CodeSpace> space_ = CodeSpace::fit(kDimension, {});
  size_t blocks_, heads_, tails_;
  std::vector<uint32_t> numbers_;
  std::shared_ptr<SnapshotBytes> file_;
};

TEST(RowList, OfALongListWhatIsReadIsChecked) {
  constexpr size_t kBlocks = 40'000, kDamaged = 30'000;
  StoredCodes codes(kBlocks);
  const RowList list = codes.list(kDamaged * codes.heads() / kBlocks);
  EXPECT_TRUE(list.intact(0, 100));
  EXPECT_FALSE(codes.file().damaged());
  EXPECT_FALSE(list.intact(kDamaged, kDamaged + 1));
  EXPECT_TRUE(codes.file().damaged());
}

TEST(RowList, AShortListIsCheckedAsAWhole) {
  StoredCodes codes(1000);
  EXPECT_FALSE(codes.list(codes.heads() - 1).intact(0, 1));
}

TEST(RowList, BlocksThatWereAppendedNeedNoCheck) {
  StoredCodes codes(1000);
  EXPECT_TRUE(codes.list(0).intact(1000, 1001));
  EXPECT_FALSE(codes.file().damaged());
}

}  // namespace
}  // namespace nozama
