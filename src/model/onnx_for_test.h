// ONNX files by hand: protobuf messages from their fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nozama {

inline std::string varint_for_test(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::string number_field(uint32_t number, uint64_t value) { return varint_for_test(number << 3) + varint_for_test(value); }

inline std::string bytes_field(uint32_t number, std::string_view bytes) {
  return varint_for_test(number << 3 | 2) + varint_for_test(bytes.size()) + std::string(bytes);
}

// A model of IR version 9 and opset 17 around a graph's fields.
inline std::string onnx_model(const std::string& graph) { return number_field(1, 9) + bytes_field(8, number_field(2, 17)) + bytes_field(7, graph); }

inline std::string onnx_node(std::string_view operation, const std::string& more = {}) { return bytes_field(1, bytes_field(4, operation) + more); }

inline std::string onnx_external_tensor(std::string_view location) {
  return bytes_field(13, bytes_field(1, "location") + bytes_field(2, location)) + number_field(14, 1);
}

}  // namespace nozama
