// Decoding and scaling a picture to what the encoder takes, beside libjpeg-turbo's decode alone.
//   build/bench/bench/image_bench
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "image/decode.h"
#include "image/encode.h"
#include "image/pictures_for_test.h"

namespace nozama {
namespace {

constexpr int kShortSide = 297, kSide = 260;  // the default encoder's

void decode_and_scale(benchmark::State& state, const Bytes& bytes, int hint) {
  for (auto _ : state) {
    const auto image = decode_image(bytes, {}, hint);
    if (!image) return state.SkipWithError(image.error().message.c_str());
    benchmark::DoNotOptimize(resize_and_centre_crop(*image, kShortSide, kSide));
  }
}

// The same pixels through the library with nothing around it: the peer.
void plain_decode(benchmark::State& state, const Bytes& bytes) {
  Image image;
  for (auto _ : state) {
    jpeg_decompress_struct decoder{};
    jpeg_error_mgr errors{};
    decoder.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&decoder, TRUE);
    jpeg_start_decompress(&decoder);
    image = make_image(static_cast<int>(decoder.output_width), static_cast<int>(decoder.output_height));
    while (decoder.output_scanline < decoder.output_height) {
      JSAMPROW row = image.row(static_cast<int>(decoder.output_scanline));
      jpeg_read_scanlines(&decoder, &row, 1);
    }
    jpeg_finish_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);
    benchmark::DoNotOptimize(image.rgb.data());
  }
}

void shop_jpeg_plain(benchmark::State& state) { plain_decode(state, make_jpeg(gradient(400, 533), {.quality = 85})); }
void shop_jpeg(benchmark::State& state) { decode_and_scale(state, make_jpeg(gradient(400, 533), {.quality = 85}), kShortSide); }
void phone_jpeg_plain(benchmark::State& state) { plain_decode(state, make_jpeg(gradient(4000, 3000), {.quality = 85})); }
void phone_jpeg(benchmark::State& state) { decode_and_scale(state, make_jpeg(gradient(4000, 3000), {.quality = 85}), kShortSide); }
void shop_webp(benchmark::State& state) { decode_and_scale(state, *encode_webp(gradient(512, 512), 80), kShortSide); }
void shop_png(benchmark::State& state) { decode_and_scale(state, make_png(gradient(400, 533)), kShortSide); }
void scale_only(benchmark::State& state) {
  const Image image = gradient(400, 533);
  for (auto _ : state) benchmark::DoNotOptimize(resize_and_centre_crop(image, kShortSide, kSide));
}

BENCHMARK(shop_jpeg_plain)->Unit(benchmark::kMicrosecond);
BENCHMARK(shop_jpeg)->Unit(benchmark::kMicrosecond);
BENCHMARK(scale_only)->Unit(benchmark::kMicrosecond);
BENCHMARK(phone_jpeg_plain)->Unit(benchmark::kMicrosecond);
BENCHMARK(phone_jpeg)->Unit(benchmark::kMicrosecond);
BENCHMARK(shop_webp)->Unit(benchmark::kMicrosecond);
BENCHMARK(shop_png)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
