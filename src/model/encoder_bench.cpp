#include "model/encoder_bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "model/bundle.h"

namespace nozama {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kRounds = 3;

Image drawn_picture(int side) {
  Image image = make_image(side, side);
  uint32_t state = 1;
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>((state = state * 1664525U + 1013904223U) >> 24);
  return image;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

class Bench {
 public:
  Bench(const std::filesystem::path& bundle_dir, const PrecisionBenchOptions& options) : bundle_dir_(bundle_dir), options_(options) {}

  Result<std::vector<PrecisionTiming>> run(const std::vector<Precision>& precisions) {
    for (const Precision precision : precisions) timings_.push_back({.precision = precision});
    // One mode after the other: at no time are more networks open than there are precisions.
    for (const auto mode : {EncoderOptions::Mode::kThroughput, EncoderOptions::Mode::kLatency}) {
      if (mode == EncoderOptions::Mode::kLatency && !options_.latency) continue;
      const Status done = run_mode(mode);
      if (!done) return propagate(done);
    }
    return std::move(timings_);
  }

 private:
  size_t threads() const { return options_.threads > 0 ? options_.threads : processors_for_encoding(); }

  Status run_mode(EncoderOptions::Mode mode) {
    std::vector<std::unique_ptr<Encoder>> encoders;
    for (const PrecisionTiming& timing : timings_) {
      EncoderOptions options{.mode = mode, .threads = threads(), .precision = choice_of(timing.precision), .cache_dir = options_.cache_dir};
      auto encoder = open_encoder(bundle_dir_, options);
      if (!encoder) return propagate(encoder);
      encoders.push_back(std::move(*encoder));
    }
    const Image picture = drawn_picture(encoders.front()->info().resize_side());
    for (const auto& encoder : encoders) {
      if (const auto warm = encoder->encode(picture); !warm) return propagate(warm);
    }
    std::vector<std::vector<double>> latencies(timings_.size());
    for (int round = 0; round < kRounds; ++round) {
      for (size_t i = 0; i < encoders.size(); ++i) {
        if (options_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "measuring the encoder was stopped");
        if (mode == EncoderOptions::Mode::kThroughput) {
          timings_[i].pictures_per_second = std::max(timings_[i].pictures_per_second, throughput(*encoders[i], picture));
        } else {
          time_single(*encoders[i], picture, latencies[i]);
        }
      }
    }
    if (mode == EncoderOptions::Mode::kLatency) {
      for (size_t i = 0; i < timings_.size(); ++i) timings_[i].one_picture_ms = median(latencies[i]);
    }
    return {};
  }

  Seconds round_time() const { return Seconds(options_.seconds / 2 / kRounds); }

  double throughput(const Encoder& encoder, const Image& picture) const {
    std::atomic<int> encoded = 0;
    const auto start = Clock::now();
    {
      std::vector<std::jthread> workers;
      for (size_t i = 0; i < threads(); ++i) {
        workers.emplace_back([&] {
          do {
            if (encoder.encode(picture)) ++encoded;
          } while (Clock::now() - start < round_time() && !options_.stop.stop_requested());
        });
      }
    }
    return encoded / Seconds(Clock::now() - start).count();
  }

  void time_single(const Encoder& encoder, const Image& picture, std::vector<double>& milliseconds) const {
    const auto start = Clock::now();
    do {
      const auto before = Clock::now();
      const auto encoding = encoder.encode(picture);
      if (encoding)
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
      else
        milliseconds.push_back(std::numeric_limits<double>::infinity());
    } while (Clock::now() - start < round_time() && !options_.stop.stop_requested());
  }

  const std::filesystem::path& bundle_dir_;
  const PrecisionBenchOptions& options_;
  std::vector<PrecisionTiming> timings_;
};

}  // namespace

Result<std::vector<PrecisionTiming>> bench_precisions(const std::filesystem::path& bundle_dir, const PrecisionBenchOptions& options) {
  const auto manifest = read_bundle_manifest(bundle_dir);
  if (!manifest) return propagate(manifest);
  return Bench(bundle_dir, options).run(options.precisions.empty() ? available_precisions(*manifest) : options.precisions);
}

Precision best_precision(std::span<const PrecisionTiming> timings) {
  Precision best = Precision::kF32;
  double rate = 0;
  for (const auto& [precision, worthwhile] : {std::pair{Precision::kF32, 1.0}, std::pair{Precision::kBf16, 1.1}, std::pair{Precision::kInt8, 1.8}}) {
    const auto timing = std::ranges::find(timings, precision, &PrecisionTiming::precision);
    if (timing == timings.end() || timing->pictures_per_second <= rate * worthwhile) continue;
    best = precision;
    rate = timing->pictures_per_second;
  }
  return best;
}

}  // namespace nozama
