// Index snapshots. Once as given; once with its lengths and checksum made right, so that the fuzzer reaches the body; what
// opens must answer and survive being changed.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/hash.h"
#include "index/vector_index.h"

namespace {

using namespace nozama;

constexpr size_t kHeaderBytes = 32;  // docs/index_format.md

void use(VectorIndex& index) {
  const size_t d = index.dimension();
  std::vector<float> vector(d);
  vector[d / 2] = 1;
  const auto hits = index.search({.vector = vector, .k = 10});
  if (!hits || hits->size() > 10) abort_with("a loaded index does not answer");
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
  std::vector<std::byte> mended(kHeaderBytes);
  const uint32_t version = 2, dimension = 8;
  std::memcpy(mended.data(), "NZMINDEX", 8);
  std::memcpy(mended.data() + 8, &version, sizeof version);
  std::memcpy(mended.data() + 12, &dimension, sizeof dimension);
  const uint64_t body = size, sum = checksum64(given);
  std::memcpy(mended.data() + 16, &body, sizeof body);
  std::memcpy(mended.data() + 24, &sum, sizeof sum);
  mended.insert(mended.end(), given.begin(), given.end());
  open(mended);
  return 0;
}
