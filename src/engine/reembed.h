// Changing the catalogue over to another encoder, while the old one serves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/serving.h"
#include "model/encoder.h"

namespace nozama {

class Workspace;

struct ReembedOptions {
  std::string bundle;
  std::optional<Precision> precision;  // absent = the one an interrupted change had chosen, else the best one measured on this machine
  bool prune = false;                  // afterwards, remove what earlier encoders and trainings have left
  size_t errors_kept_max = 1000;
};

struct PictureFault {
  std::string content_hash;
  std::string source;  // where the picture was imported from
  std::string reason;
  std::string message;
};

struct ReembedReport {
  std::string from, to;   // encoder ids; from is "" for a catalogue that had none
  std::string choice;     // describe() of the precisions measured; "" when none were
  bool switched = false;  // false: it served already, or stopped
  bool complete = true;   // false when stopped on request: the old encoder serves on, and the same call resumes
  bool learned = false;   // projection and head are new; false: those of an earlier use of this encoder
  int64_t pictures = 0;   // distinct ones of the catalogue
  int64_t embedded = 0;   // by this call
  int64_t failed = 0;     // pictures that cannot be read any more; searches with the new encoder do not find them
  double seconds = 0;
  std::optional<UnusedModels> pruned;
  std::vector<PictureFault> faults;
};

// stage: "measuring", "embedding", "learning" …; total 0 = unknown. Called on one thread at a time.
using ReembedProgress = std::function<void(std::string_view stage, int64_t done, int64_t total)>;

// Embeds every picture that has no embedding of the new encoder yet, learns its projection and head, and switches in one
// transaction, in which no picture lacks an embedding but those that cannot be read. Until then the old encoder serves;
// after Ctrl-C, a kill or an error the same call goes on where this one ended. Programs that serve follow by themselves.
// kConflict "job_running" while another process does this; kUnavailable "originals_missing" when not one picture can be read.
Result<ReembedReport> change_encoder(Workspace& workspace, const ReembedOptions& options, const ReembedProgress& progress, std::stop_token stop);

}  // namespace nozama
