#include "engine/reembed.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "engine/embedding_pass.h"
#include "engine/encoder_choice.h"
#include "engine/former_serving.h"
#include "engine/serving_model.h"
#include "engine/training.h"
#include "engine/workspace.h"

namespace nozama {
namespace {

constexpr std::string_view kJobKind = "reembed";
constexpr int kJobsLookedAt = 50;
constexpr int64_t kLearningLeaseMs = 30 * 60'000;

// The precision of the newest change to this bundle that did not get to its end: another would throw its work away.
Result<std::optional<Precision>> interrupted_precision(Workspace& workspace, const std::string& bundle) {
  const auto jobs = workspace.catalog().jobs(kJobsLookedAt);
  if (!jobs) return propagate(jobs);
  for (const JobRecord& job : *jobs) {
    if (job.kind != kJobKind) continue;
    const auto encoder = parse_encoder_id(job.source);
    if (job.state == JobState::kDone || !encoder || encoder->name != bundle) return std::nullopt;
    return encoder->precision;
  }
  return std::nullopt;
}

Result<Precision> precision_for(Workspace& workspace, const ReembedOptions& options, const ReembedProgress& progress, const std::stop_token& stop,
                                ReembedReport& report) {
  if (options.precision) return *options.precision;
  const auto interrupted = interrupted_precision(workspace, options.bundle);
  if (!interrupted) return propagate(interrupted);
  if (*interrupted) return **interrupted;
  if (progress) progress("measuring precisions", 0, 0);
  const auto choice = choose_precision(workspace, options.bundle, std::nullopt, stop);
  if (!choice) return propagate(choice);
  report.choice = describe(*choice);
  return choice->id.precision;
}

// What is true at `seq` of the training, when the switch is the next change; else other changes came in between.
std::string parameters_at(const ServingRow& row, int64_t seq) {
  auto parameters = parse_serving_parameters(row.parameters_json);
  if (!parameters || parameters->trained_seq == 0 || parameters->trained_seq == seq + 1) return row.parameters_json;
  parameters->trained_seq = std::min(parameters->trained_seq, seq);
  return serving_parameters_json(*parameters);
}

class Change {
 public:
  Change(Workspace& workspace, const OpenedEncoder& encoder, const ReembedProgress& progress, std::stop_token stop, ReembedReport& report)
      : workspace_(workspace), encoder_(encoder), progress_(progress), stop_(std::move(stop)), report_(report) {}

  Status run(EmbeddingPass& pass);

 private:
  Status learn(EmbeddingPass& pass);
  Result<bool> switch_over(int64_t seq);  // false = something has changed since `seq`

  Workspace& workspace_;
  const OpenedEncoder& encoder_;
  const ReembedProgress& progress_;
  std::stop_token stop_;
  ReembedReport& report_;
  std::optional<ServingRow> next_;
};

// Products may be imported meanwhile, with the old encoder: round and round until nothing is missing at the very change
// after which the switch comes.
Status Change::run(EmbeddingPass& pass) {
  while (true) {
    const auto seq = workspace_.catalog().current_seq();
    if (!seq) return propagate(seq);
    const auto found = pass.run(stop_);
    if (!found) return propagate(found);
    if (stop_.stop_requested()) {
      report_.complete = false;
      return {};
    }
    if (*found > 0) continue;
    if (report_.from == encoder_.id) return {};  // it serves, and lacked some embeddings
    if (!next_) {
      const Status learned = learn(pass);
      if (!learned) return learned;
      continue;
    }
    const auto switched = switch_over(*seq);
    if (!switched) return propagate(switched);
    if (*switched) return {};
  }
}

Status Change::learn(EmbeddingPass& pass) {
  const auto embeddings = workspace_.catalog().embedding_count(encoder_.id);
  if (!embeddings) return propagate(embeddings);
  if (*embeddings == 0 && report_.failed > 0) {
    return fail(ErrorCode::kUnavailable, "originals_missing",
                fmt::format("none of the {} pictures can be read, so {} serves on; import the feed again, or restore the folder {}", report_.failed,
                            report_.from, workspace_.dir().pictures().string()));
  }
  auto former = former_serving(workspace_, encoder_.id);
  if (!former) return propagate(former);
  next_ = std::move(*former);
  if (next_) return {};
  if (*embeddings == 0) {
    next_ = ServingRow{.encoder_id = encoder_.id};
    return {};
  }
  const Status extended = pass.extend_lease(kLearningLeaseMs);
  if (!extended) return extended;
  auto prepared = prepare_serving(workspace_, encoder_, {}, progress_, stop_);
  if (!prepared && prepared.error().code == ErrorCode::kCancelled) return {};  // run() sees the stop
  if (!prepared) return propagate(prepared);
  next_ = std::move(*prepared);
  report_.learned = true;
  return {};
}

Result<bool> Change::switch_over(int64_t seq) {
  const auto row = workspace_.catalog().serving();
  if (!row) return propagate(row);
  const Status remembered = remember_serving(workspace_, *row);
  if (!remembered) return propagate(remembered);
  ServingRow next = *next_;
  next.parameters_json = parameters_at(next, seq);
  const auto switched = workspace_.catalog().switch_serving(next, seq);
  if (!switched && switched.error().reason == "changed_meanwhile") return false;
  if (!switched) return propagate(switched);
  report_.switched = true;
  return true;
}

Status change_over(Workspace& workspace, const OpenedEncoder& encoder, const ReembedOptions& options, const ReembedProgress& progress,
                   const std::stop_token& stop, ReembedReport& report) {
  const auto job = workspace.catalog().begin_job({.kind = std::string(kJobKind), .source = encoder.id, .owner = make_lease_owner()});
  if (!job) return propagate(job);
  EmbeddingPass pass(workspace, encoder, *job, options.errors_kept_max, progress, report);
  const Status changed = Change(workspace, encoder, progress, stop, report).run(pass);
  const JobState state = !changed ? JobState::kFailed : (report.complete ? JobState::kDone : JobState::kInterrupted);
  const Status finished = workspace.catalog().finish_job(job->id, job->owner, state, changed ? "" : changed.error().message);
  // The work's own error is the one to tell; a job that could not be closed is taken up again when its lease ends.
  return changed ? finished : changed;
}

}  // namespace

Result<ReembedReport> change_encoder(Workspace& workspace, const ReembedOptions& options, const ReembedProgress& progress, std::stop_token stop) {
  const Stopwatch watch;
  ReembedReport report;
  const auto precision = precision_for(workspace, options, progress, stop, report);
  if (!precision) return propagate(precision);
  const auto encoder = workspace.open_bundle(options.bundle, choice_of(*precision));
  if (!encoder) return propagate(encoder);
  const auto serving = workspace.catalog().serving();
  if (!serving) return propagate(serving);
  report.from = serving->encoder_id;
  report.to = encoder->id;
  const Status changed = change_over(workspace, *encoder, options, progress, stop, report);
  if (!changed) return propagate(changed);
  if (options.prune && report.complete) {
    if (progress) progress("removing what is no longer used", 0, 0);
    const auto pruned = workspace.catalog().prune_unused_models();
    if (!pruned) return propagate(pruned);
    report.pruned = *pruned;
  }
  report.seconds = watch.elapsed_ms() / 1000;
  return report;
}

}  // namespace nozama
