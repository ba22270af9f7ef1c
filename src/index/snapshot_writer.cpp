// Writing a snapshot; index_file.cpp opens it.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "index/embedded_index.h"
#include "index/snapshot_format.h"

namespace nozama {
namespace {

// Appends, and takes the checksums of the blocks on the way.
class BlockWriter {
 public:
  explicit BlockWriter(FileReplacement& file) : file_(file) {}

  Status append(std::span<const std::byte> bytes) {
    while (!bytes.empty() && status_) {
      const auto part = bytes.first(std::min(bytes.size(), SnapshotBytes::kBlockBytes - block_.size()));
      block_.insert(block_.end(), part.begin(), part.end());
      bytes = bytes.subspan(part.size());
      offset_ += part.size();
      if (block_.size() == SnapshotBytes::kBlockBytes) finish_block();
    }
    return status_;
  }
  template <class T>
  void values(std::span<const T> values) {
    (void)append(std::as_bytes(values));
  }
  Section begin_section() {
    static constexpr std::byte kZeros[kSectionAlignment] = {};
    (void)append(std::span(kZeros).first((kSectionAlignment - offset_ % kSectionAlignment) % kSectionAlignment));
    return {offset_, 0};
  }
  void end_section(Section& section) const { section.bytes = offset_ - section.offset; }
  template <class T>
  Section array(std::span<const T> all) {
    Section section = begin_section();
    values(all);
    end_section(section);
    return section;
  }
  Status finish() {
    if (!block_.empty()) finish_block();
    return status_;
  }
  const Status& status() const { return status_; }
  uint64_t offset() const { return offset_; }
  std::vector<uint64_t> checksums;

 private:
  void finish_block() {
    checksums.push_back(checksum64(block_));
    if (status_) status_ = file_.append(block_);
    block_.clear();
  }
  FileReplacement& file_;
  std::vector<std::byte> block_;
  uint64_t offset_ = kSnapshotDataBegin;
  Status status_;
};

class SnapshotWriter {
 public:
  SnapshotWriter(const View& view, FileReplacement& file) : view_(view), slots_(view.generation->slots), rows_(view.generation->rows), out_(file) {}

  Result<SnapshotDirectory> write(const IndexStamp& stamp) {
    choose_slots();
    directory_.stamp = stamp;
    directory_.slots = chosen_.size();
    write_slots();
    write_rows();
    directory_.columns = out_.begin_section();
    const Status columns = slots_.columns().save(chosen_, [this](std::span<const std::byte> bytes) { return out_.append(bytes); });
    if (!columns) return propagate(columns);
    out_.end_section(directory_.columns);
    directory_.space = out_.array<std::byte>(view_.directory->space->bytes());
    directory_.fitted_rows = view_.directory->fitted_rows;
    for (const auto& partition : view_.directory->partitions) write_partition(*partition);
    (void)out_.begin_section();
    const Status written = out_.finish();
    if (!written) return propagate(written);
    directory_.checksums = std::move(out_.checksums);
    return std::move(directory_);
  }
  uint64_t end() const { return out_.offset(); }

 private:
  // The living ones, by product: so a product is found in the file without a table.
  void choose_slots() {
    for (uint32_t slot = 0; slot < view_.version; ++slot) {
      if (slots_.rows(slot) > 0 && slots_.alive(slot, view_.version)) chosen_.push_back(slot);
    }
    std::ranges::sort(chosen_, {}, [this](uint32_t slot) { return slots_[slot].product; });
  }

  void write_slots() {
    directory_.identities = out_.begin_section();
    for (const uint32_t slot : chosen_) out_.values(std::span(&slots_[slot], 1));
    out_.end_section(directory_.identities);
    std::vector<uint32_t> values;
    for (const uint32_t slot : chosen_) values.push_back(slots_.partition(slot));
    directory_.slot_partitions = out_.array<uint32_t>(values);
    values.assign(1, 0);
    for (const uint32_t slot : chosen_) values.push_back(values.back() + slots_.rows(slot));
    directory_.first_rows = out_.array<uint32_t>(values);
    directory_.rows = values.back();
  }

  void write_rows() {
    new_rows_.assign(view_.all_rows, kNoRow);
    std::vector<uint32_t> rows;
    bool narrow = true;
    for (const uint32_t slot : chosen_) {
      for (uint32_t row = slots_.first_row(slot); row < slots_.first_row(slot) + slots_.rows(slot); ++row) {
        new_rows_[row] = static_cast<uint32_t>(rows.size());
        rows.push_back(row);
        narrow = narrow && rows_.picture(row).value >= 0 && rows_.picture(row).value <= UINT32_MAX;
      }
    }
    directory_.pictures = out_.begin_section();
    for (const uint32_t row : rows) {
      const PictureId picture = rows_.picture(row);
      const auto id = static_cast<uint32_t>(picture.value);
      narrow ? out_.values(std::span(&id, 1)) : out_.values(std::span(&picture, 1));
    }
    out_.end_section(directory_.pictures);
    directory_.vectors = out_.begin_section();
    for (const uint32_t row : rows) {
      (void)rows_.intact(row);
      out_.values(rows_.fixed_row(row));
    }
    out_.end_section(directory_.vectors);
  }

  // Codes are copied; those of dead rows are nobody's then. The rows that have none yet get some.
  void write_partition(const Partition& partition) {
    const RowList& list = partition.list;
    const RowList::Extent extent = list.extent();
    (void)list.intact(0, extent.blocks);
    RowList pending(view_.directory->space);
    for (size_t entry = extent.blocks * kBlockRows; entry < extent.entries; ++entry) {
      if (new_row(list.row(entry)) != kNoRow) pending.append(list.row(entry), rows_);
    }
    pending.seal(rows_);
    const std::array<std::pair<const RowList*, size_t>, 2> parts = {{{&list, extent.blocks}, {&pending, pending.extent().blocks}}};
    const auto each_block = [&](auto&& write) {
      Section section = out_.begin_section();
      for (const auto& [part, blocks] : parts) {
        for (size_t block = 0; block < blocks; ++block) write(*part, block);
      }
      out_.end_section(section);
      return section;
    };
    PartitionSections sections{.id = partition.id};
    sections.row_numbers = each_block([this](const RowList& part, size_t block) {
      std::array<uint32_t, kBlockRows> numbers;
      for (size_t lane = 0; lane < kBlockRows; ++lane) numbers[lane] = new_row(part.row(block * kBlockRows + lane));
      out_.values(std::span<const uint32_t>(numbers));
    });
    const CodeSpace& space = list.space();
    sections.heads = each_block([&](const RowList& part, size_t block) { out_.values(std::span(part.heads(block), kBlockRows * space.head_bytes())); });
    sections.tails = each_block([&](const RowList& part, size_t block) { out_.values(std::span(part.tails(block), kBlockRows * space.tail_bytes())); });
    sections.errors = each_block([&](const RowList& part, size_t block) { out_.values(std::span(part.errors(block), 1)); });
    if (partition.clusters != nullptr) {
      sections.centres = out_.array<std::byte>(partition.clusters->centres->bytes());
      sections.first_blocks = out_.array<uint32_t>(partition.clusters->first_blocks);
    }
    directory_.partitions.push_back(sections);
  }

  uint32_t new_row(uint32_t row) const { return row < new_rows_.size() ? new_rows_[row] : kNoRow; }

  const View& view_;
  const Slots& slots_;
  const Rows& rows_;
  BlockWriter out_;
  SnapshotDirectory directory_;
  std::vector<uint32_t> chosen_;    // slots, in the order of the file
  std::vector<uint32_t> new_rows_;  // by row: its number in the file; kNoRow = not there
};

}  // namespace

Status EmbeddedIndex::save(const std::filesystem::path& path, const IndexStamp& stamp) const {
  const std::shared_ptr<const View> view = this->view();
  auto file = FileReplacement::begin(path);
  if (!file) return propagate(file);
  const std::byte room[kSnapshotDataBegin] = {};
  const Status begun = file->append(room);
  if (!begun) return propagate(begun);
  SnapshotWriter writer(*view, *file);
  const auto directory = writer.write(stamp);
  if (!directory) return propagate(directory);
  const Status whole = health();
  if (!whole) return propagate(whole);
  const std::vector<std::byte> bytes = encode_directory(*directory);
  SnapshotHeader header{{}, kSnapshotVersion, static_cast<uint32_t>(dimension_), writer.end(), bytes.size(), checksum64(bytes), 0};
  std::memcpy(header.magic, kSnapshotMagic.data(), kSnapshotMagic.size());
  header.checksum = checksum64(std::as_bytes(std::span(&header, 1)).first(offsetof(SnapshotHeader, checksum)));
  const Status appended = file->append(bytes);
  if (!appended) return propagate(appended);
  const Status headed = file->overwrite(0, std::as_bytes(std::span(&header, 1)));
  if (!headed) return propagate(headed);
  return file->commit();
}

}  // namespace nozama
