#include "model/vector_codec.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/half.h"
#include "base/hash.h"
#include "model/bundle.h"
#include "model/dot.h"

namespace nozama {
namespace {

constexpr auto kAlphabet = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr uint8_t kVersion = 1;
constexpr size_t kTextMax = 8192;
constexpr size_t kHeaderBytes = sizeof(kVersion) + sizeof(uint32_t) + sizeof(float);
constexpr size_t kChecksumBytes = sizeof(uint32_t);

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
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, kAlphabet);
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
  const auto bytes = read_bundle_file(bundle_dir, *manifest, manifest->codec_file);
  if (!bytes) return propagate(bytes);
  const auto dims = std::pair{static_cast<size_t>(manifest->codec_dim), static_cast<size_t>(manifest->embedding_dim)};
  constexpr size_t kFileHeader = 12;  // see models/codec.py
  const bool fits = bytes->size() == kFileHeader + 2 * (dims.second + dims.first * dims.second) && std::memcmp(bytes->data(), "NZC1", 4) == 0 &&
                    load<uint32_t>(*bytes, 4) == dims.first && load<uint32_t>(*bytes, 8) == dims.second;
  if (!fits) return bundle_damaged(bundle_dir, fmt::format("{} is not the codec that its manifest describes", manifest->codec_file));
  const auto body = std::span(*bytes).subspan(kFileHeader);
  auto mean = decode_half(body.first(2 * dims.second));
  auto basis = decode_half(body.subspan(2 * dims.second));
  if (!all_finite(mean) || !all_finite(basis)) return bundle_damaged(bundle_dir, fmt::format("{} holds numbers that are not finite", manifest->codec_file));
  return VectorCodec(std::move(mean), std::move(basis), encoder_id);
}

VectorCodec::VectorCodec(std::vector<float> mean, std::vector<float> basis, std::string_view encoder_id)
    : mean_(std::move(mean)), basis_(std::move(basis)), tag_(hash32(as_byte_span(encoder_id))) {
  if (mean_.empty() || basis_.empty() || basis_.size() % mean_.size() != 0) abort_with("a codec's directions do not fit its mean");
}

std::string VectorCodec::encode(std::span<const float> embedding) const {
  if (embedding.size() != mean_.size()) abort_with("a codec was given the wrong number of numbers");
  std::vector<float> centred(embedding.size());
  for (size_t i = 0; i < centred.size(); ++i) centred[i] = (std::isfinite(embedding[i]) ? embedding[i] : 0) - mean_[i];
  std::vector<float> coefficients(codec_dim());
  multiply_rows(basis_.data(), centred.data(), centred.size(), coefficients);
  float largest = 0;
  for (float& value : coefficients) {
    if (!std::isfinite(value)) value = 0;
    largest = std::max(largest, std::abs(value));
  }
  const float scale = largest / 127;

  std::vector<std::byte> bytes;
  append(bytes, kVersion);
  append(bytes, tag_);
  append(bytes, scale);
  for (const float value : coefficients) append(bytes, static_cast<int8_t>(scale > 0 ? std::clamp(std::lround(value / scale), -127L, 127L) : 0));
  append(bytes, hash32(bytes));
  return to_text(bytes);
}

Result<std::vector<float>> VectorCodec::decode(std::string_view text) const {
  if (text.size() > kTextMax) return bad_vector();
  const std::vector<std::byte> bytes = from_text(text);
  if (bytes.size() < kHeaderBytes + kChecksumBytes) return bad_vector();
  const auto content = std::span(bytes).first(bytes.size() - kChecksumBytes);
  if (load<uint32_t>(bytes, content.size()) != hash32(content) || load<uint8_t>(content, 0) != kVersion) return bad_vector();
  if (load<uint32_t>(content, sizeof(kVersion)) != tag_) {
    return fail(ErrorCode::kConflict, "stale_vector", "the shop has changed how it reads pictures since this vector was made; send the photo again");
  }
  const auto scale = load<float>(content, sizeof(kVersion) + sizeof(tag_));
  const auto coefficients = content.subspan(kHeaderBytes);
  if (coefficients.size() != codec_dim() || !std::isfinite(scale) || scale < 0) return bad_vector();

  std::vector<float> embedding = mean_;
  for (size_t row = 0; row < coefficients.size(); ++row) {
    const float coefficient = static_cast<float>(std::bit_cast<int8_t>(coefficients[row])) * scale;
    const float* direction = basis_.data() + row * mean_.size();
    for (size_t i = 0; i < embedding.size(); ++i) embedding[i] += coefficient * direction[i];
  }
  if (!all_finite(embedding)) return bad_vector();
  return embedding;
}

}  // namespace nozama
