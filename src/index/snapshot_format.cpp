#include "index/snapshot_format.h"

#include <fmt/format.h>

namespace nozama {
namespace {

class Writer {
 public:
  template <class T>
  void number(T value) {
    append(std::as_bytes(std::span(&value, 1)));
  }
  void text(std::string_view value) {
    number(static_cast<uint32_t>(value.size()));
    append(as_byte_span(value));
  }
  void section(const Section& section) {
    number(section.offset);
    number(section.bytes);
  }
  std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte> bytes_;
};

// Reads past the end give zeros and clear good().
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (take(sizeof value)) std::memcpy(&value, taken_.data(), sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<uint32_t>();
    return take(size) ? std::string(as_text(taken_)) : std::string();
  }
  Section section() {
    const auto offset = number<uint64_t>();
    return {offset, number<uint64_t>()};
  }
  bool good() const { return good_; }
  size_t left() const { return rest_.size(); }

 private:
  bool take(size_t n) {
    good_ = good_ && n <= rest_.size();
    if (!good_) return false;
    taken_ = rest_.first(n);
    rest_ = rest_.subspan(n);
    return true;
  }
  std::span<const std::byte> rest_, taken_;
  bool good_ = true;
};

}  // namespace

std::unexpected<Error> damaged_snapshot(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "damaged_index", fmt::format("the index snapshot is damaged: {}", what));
}

std::vector<std::byte> encode_directory(const SnapshotDirectory& directory) {
  Writer out;
  out.text(directory.stamp.catalogue_id);
  out.text(directory.stamp.space);
  out.number(directory.stamp.seq);
  out.number(directory.slots);
  out.number(directory.rows);
  out.number(directory.fitted_rows);
  for (const Section& section :
       {directory.identities, directory.slot_partitions, directory.first_rows, directory.pictures, directory.vectors, directory.columns, directory.space})
    out.section(section);
  out.number(static_cast<uint64_t>(directory.partitions.size()));
  for (const PartitionSections& partition : directory.partitions) {
    out.number(partition.id.value);
    for (const Section& section : {partition.row_numbers, partition.heads, partition.tails, partition.errors, partition.centres, partition.first_blocks})
      out.section(section);
  }
  out.number(static_cast<uint64_t>(directory.checksums.size()));
  for (const uint64_t checksum : directory.checksums) out.number(checksum);
  return std::move(out).take();
}

Result<SnapshotDirectory> decode_directory(std::span<const std::byte> bytes) {
  Reader in(bytes);
  SnapshotDirectory directory;
  directory.stamp.catalogue_id = in.text();
  directory.stamp.space = in.text();
  directory.stamp.seq = in.number<int64_t>();
  directory.slots = in.number<uint64_t>();
  directory.rows = in.number<uint64_t>();
  directory.fitted_rows = in.number<uint64_t>();
  for (Section* section : {&directory.identities, &directory.slot_partitions, &directory.first_rows, &directory.pictures, &directory.vectors,
                           &directory.columns, &directory.space})
    *section = in.section();
  const auto partitions = in.number<uint64_t>();
  for (uint64_t i = 0; i < partitions && in.good(); ++i) {
    PartitionSections partition{.id = {in.number<int64_t>()}};
    for (Section* section : {&partition.row_numbers, &partition.heads, &partition.tails, &partition.errors, &partition.centres, &partition.first_blocks})
      *section = in.section();
    directory.partitions.push_back(partition);
  }
  const auto checksums = in.number<uint64_t>();
  if (!in.good() || checksums != in.left() / sizeof(uint64_t) || in.left() % sizeof(uint64_t) != 0)
    return damaged_snapshot("its directory is of another length");
  directory.checksums.resize(checksums);
  for (uint64_t& checksum : directory.checksums) checksum = in.number<uint64_t>();
  return directory;
}

}  // namespace nozama
