// Which precision of an encoder bundle suits this machine.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/encoder_bench.h"

namespace nozama {

class Workspace;

struct EncoderChoice {
  EncoderId id;
  std::vector<PrecisionTiming> timings;  // what was measured; empty when there was nothing to choose from
};

// Measures what may be worth it (bf16 where the processor computes it, else f32; int8 where the bundle has it) for about
// a second; nothing when the precision is given. kCancelled "cancelled" after a stop.
Result<EncoderChoice> choose_precision(Workspace& workspace, const std::string& bundle, std::optional<Precision> given, std::stop_token stop);

// "bf16, the best here: bf16 171 pictures/s, int8 180 pictures/s"; "" when there was nothing to choose from.
std::string describe(const EncoderChoice& choice);

}  // namespace nozama
