#include "model/vector_codec.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/hash.h"
#include "model/bundle.h"
#include "model/dot.h"
#include "model/range_coder.h"

namespace nozama {
namespace {

constexpr auto kAlphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
// What the levels are of; the first byte.
enum class Coded : uint8_t { kNumbers = 1, kRoots = 2 };
constexpr size_t kHeaderBytes = sizeof(Coded) + sizeof(uint32_t) + sizeof(float);
constexpr size_t kChecksumBytes = sizeof(uint32_t);
// Vectors of other encoders are told apart from nonsense up to this size.
constexpr size_t kOtherTextMax = 1 << 16;

// The step as a share of the root mean square of what is rounded: the numbers, or their roots where none is negative, since searches compare
// those then (InputScale). Query photos of the sample shop: roots at 0.7 take 285 bytes and 96.5 % of the 30 nearest stay the same, at 0.5
// it is 336 bytes and 97.3 %; the numbers themselves in 269 bytes keep 94.3 %. Long embeddings of both signs would make long texts: rounded
// more coarsely, the errors of so many numbers average out (docs/decisions/0020-query-vector.md).
constexpr size_t kLong = 1536;
constexpr double step_share(Coded coded, size_t embedding_dim) { return coded == Coded::kRoots ? 0.7 : embedding_dim > kLong ? 1.25 : 0.5; }

// Codes one level after another. A level is "how far from 0" in unary, with a long tail in Elias's gamma code, then a
// sign; what is probable depends on whether the two levels before were 0.
class LevelModel {
 public:
  static constexpr int kUnaryMax = 14;
  static constexpr int kTailBitsMax = 16;

  void put(RangeEncoder& encoder, int level) {
    const int size = std::min(std::abs(level), kUnaryMax + (1 << kTailBitsMax) - 1);
    auto& unary = unary_[context_];
    for (int i = 0; i < std::min(size, kUnaryMax); ++i) encoder.put(true, unary[i]);
    if (size < kUnaryMax)
      encoder.put(false, unary[size]);
    else
      put_tail(encoder, static_cast<uint32_t>(size - kUnaryMax + 1));
    if (size > 0) encoder.put(level < 0, negative_);
    remember(size);
  }

  int get(RangeDecoder& decoder) {
    auto& unary = unary_[context_];
    int size = 0;
    while (size < kUnaryMax && decoder.get(unary[size])) ++size;
    if (size == kUnaryMax) size += static_cast<int>(get_tail(decoder)) - 1;
    const bool negative = size > 0 && decoder.get(negative_);
    remember(size);
    return negative ? -size : size;
  }

 private:
  static void put_tail(RangeEncoder& encoder, uint32_t value) {
    const int bits = std::bit_width(value) - 1;
    for (int i = 0; i < bits; ++i) encoder.put_even(true);
    encoder.put_even(false);
    for (int i = bits - 1; i >= 0; --i) encoder.put_even((value >> i & 1) != 0);
  }

  static uint32_t get_tail(RangeDecoder& decoder) {
    int bits = 0;
    while (bits < kTailBitsMax && decoder.get_even()) ++bits;
    uint32_t value = 1;
    for (int i = 0; i < bits; ++i) value = value << 1 | (decoder.get_even() ? 1 : 0);
    return value;
  }

  void remember(int size) { context_ = (context_ << 1 | (size > 0 ? 1U : 0U)) & 3; }

  std::array<std::array<DecisionModel, kUnaryMax>, 4> unary_;
  DecisionModel negative_{4032};
  size_t context_ = 0;
};

uint32_t hash32(std::span<const std::byte> bytes) { return static_cast<uint32_t>(checksum64(bytes)); }

template <class T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto raw = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

template <class T>
T load(std::span<const std::byte> bytes, size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::string to_text(std::span<const std::byte> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kAlphabet), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kAlphabet);
  text.pop_back();  // the terminating zero
  return text;
}

std::vector<std::byte> from_text(std::string_view text) {
  std::vector<std::byte> bytes(text.size() / 4 * 3 + 3);
  size_t size = 0;
  const int failed =
      sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, kAlphabet);
  bytes.resize(failed == 0 ? size : 0);
  // libsodium 1.0.18 reads bytes above 127 as if they were digits.
  if (to_text(bytes) != text) bytes.clear();
  return bytes;
}

std::unexpected<Error> bad_vector() {
  return fail(ErrorCode::kInvalidArgument, "bad_vector", "this is not a vector that a search answered with; send the photo again");
}

}  // namespace

Result<VectorCodec> VectorCodec::open(const std::filesystem::path& bundle_dir, std::string_view encoder_id) {
  const auto manifest = read_bundle_manifest(bundle_dir);
  if (!manifest) return propagate(manifest);
  return VectorCodec(static_cast<size_t>(manifest->embedding_dim), encoder_id);
}

VectorCodec::VectorCodec(size_t embedding_dim, std::string_view encoder_id) : embedding_dim_(embedding_dim), tag_(hash32(as_byte_span(encoder_id))) {
  if (embedding_dim_ == 0) abort_with("a codec for embeddings without numbers");
}

std::string VectorCodec::encode(std::span<const float> embedding) const {
  if (embedding.size() != embedding_dim_) abort_with("a codec was given the wrong number of numbers");
  const Coded coded_as = std::ranges::any_of(embedding, [](float value) { return value < 0; }) ? Coded::kNumbers : Coded::kRoots;
  std::vector<float> rounded(embedding.begin(), embedding.end());
  double squares = 0;
  for (float& value : rounded) {
    if (!std::isfinite(value)) value = 0;
    if (coded_as == Coded::kRoots) value = std::sqrt(value);
    squares += static_cast<double>(value) * value;
  }
  const auto step = static_cast<float>(step_share(coded_as, embedding_dim_) * std::sqrt(squares / static_cast<double>(embedding_dim_)));
  LevelModel levels;
  RangeEncoder encoder;
  const float steps = std::isnormal(step) ? 1 / step : 0;
  for (const float value : rounded) levels.put(encoder, static_cast<int>(value * steps + std::copysign(0.5F, value)));

  std::vector<std::byte> bytes;
  append(bytes, coded_as);
  append(bytes, tag_);
  append(bytes, step);
  const auto coded = std::move(encoder).finish();
  bytes.insert(bytes.end(), coded.begin(), coded.end());
  append(bytes, hash32(bytes));
  return to_text(bytes);
}

Result<std::vector<float>> VectorCodec::decode(std::string_view text) const {
  const size_t text_size_max = 64 + 8 * embedding_dim_;
  if (text.size() > std::max<size_t>(text_size_max, kOtherTextMax)) return bad_vector();
  const std::vector<std::byte> bytes = from_text(text);
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return bad_vector();
  const auto content = std::span(bytes).first(bytes.size() - kChecksumBytes);
  if (load<uint32_t>(bytes, content.size()) != hash32(content)) return bad_vector();
  const auto coded_as = load<Coded>(content, 0);
  if (coded_as != Coded::kNumbers && coded_as != Coded::kRoots) return bad_vector();
  if (load<uint32_t>(content, sizeof(Coded)) != tag_) {
    return fail(ErrorCode::kConflict, "stale_vector", "the shop has changed how it reads pictures since this vector was made; send the photo again");
  }
  const auto step = load<float>(content, sizeof(Coded) + sizeof(tag_));
  if (!std::isfinite(step) || step < 0) return bad_vector();

  LevelModel levels;
  RangeDecoder decoder(content.subspan(kHeaderBytes));
  std::vector<float> embedding(embedding_dim_);
  for (float& value : embedding) {
    const float rounded = static_cast<float>(levels.get(decoder)) * step;
    value = coded_as == Coded::kRoots ? rounded * std::abs(rounded) : rounded;
  }
  if (!all_finite(embedding)) return bad_vector();
  return embedding;
}

}  // namespace nozama
