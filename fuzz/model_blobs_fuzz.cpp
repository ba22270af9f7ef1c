// What the model module reads from outside: query vectors of clients, stored heads and projections, encoder ids and
// bundle manifests. The first byte chooses the reader; for stored models the checksum is made right, so that the fuzzer
// reaches what lies behind it.
#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "model/bundle.h"
#include "model/head_set.h"
#include "model/projection.h"
#include "model/range_coder.h"
#include "model/vector_codec.h"

namespace {

using namespace nozama;

std::vector<std::byte> with_checksum(std::string_view text) {
  const auto raw = std::as_bytes(std::span(text.data(), text.size()));
  std::vector<std::byte> bytes(raw.begin(), raw.end());
  const uint64_t checksum = checksum64(bytes);
  const auto sum = std::as_bytes(std::span(&checksum, 1));
  bytes.insert(bytes.end(), sum.begin(), sum.end());
  return bytes;
}

void read_levels(std::string_view text) {
  RangeDecoder decoder(std::as_bytes(std::span(text.data(), text.size())));
  DecisionModel model, copy;
  std::vector<bool> decisions;
  for (int i = 0; i < 300; ++i) decisions.push_back(decoder.get(model));
  RangeEncoder encoder;
  for (const bool decision : decisions) encoder.put(decision, copy);
  const auto bytes = std::move(encoder).finish();
  RangeDecoder again(bytes);
  DecisionModel third;
  for (const bool decision : decisions) {
    if (again.get(third) != decision) abort_with("decisions that change when written and read");
  }
}

// The text is what lies between header and checksum.
void read_sealed_vector(std::string_view text) {
  static const VectorCodec codec(300, "fuzz@1/f32");
  std::vector<std::byte> bytes(1, std::byte{1});
  const auto tag = static_cast<uint32_t>(checksum64(as_byte_span("fuzz@1/f32")));
  const auto raw_tag = std::as_bytes(std::span(&tag, 1)), raw = as_byte_span(text);
  bytes.insert(bytes.end(), raw_tag.begin(), raw_tag.end());
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  const auto checksum = static_cast<uint32_t>(checksum64(bytes));
  const auto raw_checksum = std::as_bytes(std::span(&checksum, 1));
  bytes.insert(bytes.end(), raw_checksum.begin(), raw_checksum.end());
  std::string encoded(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), ' ');
  sodium_bin2base64(encoded.data(), encoded.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  encoded.pop_back();
  const auto embedding = codec.decode(encoded);
  if (embedding) codec.encode(*embedding);
}

void read_vector(std::string_view text) {
  static const VectorCodec codec(3, "fuzz@1/f32");
  const auto embedding = codec.decode(text);
  if (!embedding) return;
  const auto again = codec.decode(codec.encode(*embedding));
  if (embedding->size() != 3 || (again && again->size() != 3)) abort_with("a vector of another size");
}

void check_probabilities(const LinearHead& head) {
  double sum = 0;
  for (const double value : head.probabilities(std::vector<float>(static_cast<size_t>(head.dim), 0.5F))) sum += value;
  if (!(sum > 0.999 && sum < 1.001)) abort_with("probabilities that do not sum to 1");
}

void read_head(std::string_view text) {
  const auto set = HeadSet::deserialise(with_checksum(text));
  if (!set) return;
  check_probabilities(set->categories);
  for (const AttributeHead& attribute : set->attributes) {
    if (attribute.values.size() != attribute.head.classes()) abort_with("an attribute whose values are not its classes");
    check_probabilities(attribute.head);
  }
}

void read_projection(std::string_view text) {
  const auto projection = Projection::deserialise(with_checksum(text));
  if (!projection) return;
  double length = 0;
  for (const float value : projection->apply(std::vector<float>(static_cast<size_t>(projection->in), 0.5F))) length += double{value} * value;
  if (length != 0 && !(length > 0.99 && length < 1.01)) abort_with("a vector that is not of length 1");
}

void read_manifest(std::string_view text) {
  const auto manifest = parse_bundle_manifest("bundle", text);
  if (manifest && (manifest->input_size < 16 || manifest->embedding_dim < 1)) abort_with("a manifest outside its bounds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 7) {
    case 0: read_vector(text); break;
    case 1: read_head(text); break;
    case 2: read_projection(text); break;
    case 3: read_manifest(text); break;
    case 4: read_levels(text); break;
    case 5: read_sealed_vector(text); break;
    default: {
      const auto id = nozama::parse_encoder_id(text);
      if (id && id->text() != text) nozama::abort_with("an encoder id that changes when written");
    }
  }
  return 0;
}
