#include "model/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "model/preprocess.h"

namespace nozama {
namespace {

constexpr std::array kPrecisionNames = {
    std::pair{Precision::kF32, std::string_view("f32")},
    std::pair{Precision::kBf16, std::string_view("bf16")},
    std::pair{Precision::kInt8, std::string_view("int8")},
};

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::ranges::all_of(text, allowed);
}

}  // namespace

std::string_view precision_name(Precision precision) {
  for (const auto& [value, name] : kPrecisionNames) {
    if (value == precision) return name;
  }
  abort_with("a precision without a name");
}

std::optional<Precision> parse_precision(std::string_view name) {
  for (const auto& [value, text] : kPrecisionNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

EncoderOptions::PrecisionChoice choice_of(Precision precision) {
  switch (precision) {
    case Precision::kF32: return EncoderOptions::PrecisionChoice::kF32;
    case Precision::kBf16: return EncoderOptions::PrecisionChoice::kBf16;
    case Precision::kInt8: return EncoderOptions::PrecisionChoice::kInt8;
  }
  abort_with("a precision without a choice");
}

std::string EncoderId::text() const { return fmt::format("{}@{}/{}", name, version, precision_name(precision)); }

Result<EncoderId> parse_encoder_id(std::string_view text) {
  const size_t at = text.find('@');
  const size_t slash = text.find('/');
  if (at < slash && slash != std::string_view::npos) {
    const std::string_view name = text.substr(0, at), version = text.substr(at + 1, slash - at - 1);
    for (const auto& [precision, precision_text] : kPrecisionNames) {
      if (text.substr(slash + 1) == precision_text && is_name(name) && is_name(version)) {
        return EncoderId{std::string(name), std::string(version), precision};
      }
    }
  }
  return fail(ErrorCode::kInvalidArgument, "bad_encoder_id", fmt::format("'{}' is not an encoder id such as efficientnet-lite2@1/f32", text));
}

int EncoderInfo::resize_side() const { return std::max(input_size, static_cast<int>(std::lround(input_size / crop_share))); }

Result<Encoding> Encoder::encode(const Image& image, EncodeOutputs outputs) const {
  if (image.width < 1 || image.height < 1) return fail(ErrorCode::kInvalidArgument, "empty_image", "the picture has no pixels");
  return run(to_network_input(image, info()), outputs);
}

}  // namespace nozama
