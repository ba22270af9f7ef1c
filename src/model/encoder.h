// A picture → what the neural network makes of it: one forward pass.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/image.h"

namespace nozama {

enum class Precision { kF32, kBf16, kInt8 };

std::string_view precision_name(Precision precision);  // "f32", "bf16", "int8"
std::optional<Precision> parse_precision(std::string_view name);

// Names the space that embeddings live in: those of two ids are never compared, mixed or stored as one.
// Text form: "efficientnet-lite2@1/bf16".
struct EncoderId {
  std::string name;     // the bundle's
  std::string version;  // the bundle's; it changes whenever the same picture could give other numbers
  Precision precision = Precision::kF32;

  std::string text() const;
  friend bool operator==(const EncoderId&, const EncoderId&) = default;
};

// kInvalidArgument "bad_encoder_id".
Result<EncoderId> parse_encoder_id(std::string_view text);

struct FeatureMapShape {
  int channels = 0, height = 0, width = 0;
  bool relations = false;  // how the channels become an embedding: see pool_places()
  friend bool operator==(const FeatureMapShape&, const FeatureMapShape&) = default;
};

struct EncoderInfo {
  EncoderId id;
  int input_size = 0;         // pixels; the network sees a square
  double crop_share = 0.875;  // the square's share of the picture's short side
  int embedding_dim = 0;
  FeatureMapShape feature_map;  // all 0 = the bundle has none: no regions
  int logit_count = 0;          // 0 = the bundle has none

  std::string id_text() const { return id.text(); }
  // A picture's short side is scaled to this before the centre is cut out: all a decoder needs to deliver.
  int resize_side() const;
};

// The embedding always comes; copying the others out costs a little, so they are asked for.
struct EncodeOutputs {
  bool feature_map = false;
  bool logits = false;
};

struct Encoding {
  std::vector<float> embedding;    // embedding_dim numbers, of any length
  std::vector<float> feature_map;  // channels × height × width; empty unless asked for, or where the bundle has none
  std::vector<float> logits;       // of the network's own training classes; empty unless asked for
};

// Thread-safe: any number of threads may encode at once. Equal pictures give equal bits on one machine.
class Encoder {
 public:
  virtual ~Encoder() = default;

  virtual const EncoderInfo& info() const = 0;

  // Scales, cuts out the centre and runs the network once. Any size of picture; "empty_image" (kInvalidArgument)
  // when it has no pixels.
  Result<Encoding> encode(const Image& image, EncodeOutputs outputs = {}) const;

 private:
  // `square` is input_size × input_size.
  virtual Result<Encoding> run(const Image& square, EncodeOutputs outputs) const = 0;
};

struct EncoderOptions {
  // kLatency: all threads on one picture. kThroughput: one picture a thread, `threads` pictures at once; use it
  // from `threads` threads.
  enum class Mode { kLatency, kThroughput };
  // kAuto: bf16 where the processor computes it natively, else f32. Measuring which is fastest: model/encoder_bench.h.
  enum class PrecisionChoice { kAuto, kF32, kBf16, kInt8 };

  Mode mode = Mode::kLatency;
  size_t threads = 0;   // 0 = all processors this process may run on
  bool logits = false;  // the network's own classes, which nothing but a test of the network asks for; without them it is cut short
  PrecisionChoice precision = PrecisionChoice::kAuto;
  // Compiled networks are kept here, so that the next start is fast; made when missing, empty = none. A folder that
  // cannot be written, or damaged files in it, only cost time.
  std::filesystem::path cache_dir;
};

// What this machine's processor computes natively; f32 always. int8 also needs a bundle that has it.
bool precision_supported(Precision precision);

EncoderOptions::PrecisionChoice choice_of(Precision precision);

// What `threads` = 0 stands for: the processors that this process may run on.
size_t processors_for_encoding();

// Opens a bundle (see model/bundle.h) after checking its files. kNotFound "bundle_missing", kCorrupt "bundle_damaged"
// (also when the network is not what the manifest says), kUnsupported "precision_unsupported" when this machine
// cannot compute what was asked for, or the bundle has no int8 network.
Result<std::unique_ptr<Encoder>> open_encoder(const std::filesystem::path& bundle_dir, const EncoderOptions& options = {});

}  // namespace nozama
