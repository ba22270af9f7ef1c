// IEEE 754 binary16: how embeddings are stored (2 bytes a number, little endian).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

uint16_t float_to_half(float value);  // round to nearest even; overflow becomes infinity
float half_to_float(uint16_t half);

std::vector<std::byte> encode_half(std::span<const float> values);
// bytes.size() must be even; each pair is one number.
std::vector<float> decode_half(std::span<const std::byte> bytes);

}  // namespace nozama
