// Index snapshots. Once as given; once with its lengths and checksums made right, so that the fuzzer reaches what they
// cover; what opens must answer and survive being changed.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "index/snapshot_for_test.h"
#include "index/vector_index.h"

namespace {

using namespace nozama;

void use(VectorIndex& index) {
  const size_t d = index.dimension();
  std::vector<float> vector(d);
  vector[d / 2] = 1;
  const auto hits = index.search({.vector = vector, .k = 10});
  if (!hits || hits->size() > 10) abort_with("a loaded index does not answer");  // its checksums are right
  NeighbourQuery exact{.vector = vector, .k = 10};
  exact.exact = true;
  if (!index.search(exact)) abort_with("a loaded index does not answer exactly");
  for (const Neighbour& hit : *hits) index.remove(std::span(&hit.product, 1));
  if (!hits->empty() && index.search({.vector = vector, .k = 1})->size() == 1 && index.stats().products == 0) abort_with("an empty index answers");
}

void open(std::span<const std::byte> bytes) {
  const auto loaded = load_embedded_index(bytes);
  if (loaded) use(*loaded->index);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto given = std::as_bytes(std::span(data, size));
  open(given);
  std::vector<std::byte> mended(given.begin(), given.end());
  mended.resize(std::max(size, kSnapshotDataBegin));
  SnapshotHeader header = snapshot_header(mended);
  std::memcpy(header.magic, kSnapshotMagic.data(), kSnapshotMagic.size());
  header.version = kSnapshotVersion;
  header.dimension = 8;
  header.directory_offset = kSnapshotDataBegin + (header.directory_offset - kSnapshotDataBegin) % (mended.size() - kSnapshotDataBegin + 1);
  header.directory_bytes = mended.size() - header.directory_offset;
  set_snapshot_header(mended, header);
  std::fill(mended.begin() + sizeof header, mended.begin() + kSnapshotDataBegin, std::byte{0});
  mend_snapshot_checksums(mended);
  open(mended);
  return 0;
}
