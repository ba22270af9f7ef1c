// One picture through the encoder by precision and mode, and what surrounds it. Needs the bundles (./dev build makes them).
//   NOZAMA_MODELS=build/models build/bench/bench/model_bench
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "model/encoder.h"
#include "model/preprocess.h"
#include "model/projection.h"
#include "model/vector_codec.h"

namespace nozama {
namespace {

std::filesystem::path bundle() {
  const char* dir = std::getenv("NOZAMA_MODELS");
  return std::filesystem::path(dir != nullptr ? dir : "build/models") / "efficientnet-lite1";
}

Image picture() {
  Image image = make_image(297, 396);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i / 3 * 2654435761 >> 13);
  return image;
}

using Mode = EncoderOptions::Mode;
using Choice = EncoderOptions::PrecisionChoice;

void encode(benchmark::State& state, Choice precision, Mode mode) {
  static std::unique_ptr<Encoder> encoder;
  if (state.thread_index() == 0) {
    EncoderOptions options;
    options.precision = precision;
    options.mode = mode;
    options.threads = mode == Mode::kThroughput ? static_cast<size_t>(state.threads()) : static_cast<size_t>(state.range(0));
    auto opened = open_encoder(bundle(), options);
    if (!opened) state.SkipWithError(opened.error().message.c_str());
    encoder = opened ? std::move(*opened) : nullptr;
  }
  const Image image = picture();
  for (auto _ : state) {
    if (encoder) benchmark::DoNotOptimize(encoder->encode(image));
  }
  if (state.thread_index() == 0)
    state.counters["pictures"] = benchmark::Counter(static_cast<double>(state.iterations() * state.threads()), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(encode, latency_f32, Choice::kF32, Mode::kLatency)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, latency_bf16, Choice::kBf16, Mode::kLatency)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, latency_int8, Choice::kInt8, Mode::kLatency)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, throughput_f32, Choice::kF32, Mode::kThroughput)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, throughput_bf16, Choice::kBf16, Mode::kThroughput)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, throughput_int8, Choice::kInt8, Mode::kThroughput)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void open(benchmark::State& state, bool cached) {
  EncoderOptions options;
  if (cached) options.cache_dir = std::filesystem::temp_directory_path() / "nozama-model-bench";
  if (const auto opened = open_encoder(bundle(), options); !opened) return state.SkipWithError(opened.error().message.c_str());
  for (auto _ : state) benchmark::DoNotOptimize(open_encoder(bundle(), options));
  std::error_code ignored;
  std::filesystem::remove_all(options.cache_dir, ignored);
}

BENCHMARK_CAPTURE(open, compiled, false)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(open, from_cache, true)->UseRealTime()->Unit(benchmark::kMillisecond);

void preprocess(benchmark::State& state) {
  EncoderInfo info;
  info.input_size = 260;
  const Image image = picture();
  for (auto _ : state) benchmark::DoNotOptimize(to_network_input(image, info));
}
BENCHMARK(preprocess)->Unit(benchmark::kMicrosecond);

void project(benchmark::State& state) {
  const Projection projection = seeded_orthogonal(1280, 256, 1);
  const std::vector<float> embedding = seeded_orthogonal(1280, 1, 2).matrix;
  for (auto _ : state) benchmark::DoNotOptimize(projection.apply(embedding));
}
BENCHMARK(project)->Unit(benchmark::kMicrosecond);

void query_vector(benchmark::State& state) {
  const VectorCodec codec(1280, "bench@1/f32");
  const std::vector<float> embedding = seeded_orthogonal(1280, 1, 2).matrix;
  for (auto _ : state) benchmark::DoNotOptimize(codec.decode(codec.encode(embedding)));
}
BENCHMARK(query_vector)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
