#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/eval_output.h"
#include "cli/progress.h"
#include "engine/evaluation_compare.h"
#include "engine/evaluation_pages.h"
#include "model/encoder.h"
#include "server/evaluation_views.h"

namespace nozama {
namespace {

constexpr size_t kReportBytesMax = size_t{256} << 20;

struct EvalFlags {
  EvaluationOptions catalogue;
  LabelledEvaluationOptions labelled;
  std::string precision;
  bool per_query = false;
  std::optional<std::filesystem::path> out, html;
  std::vector<std::filesystem::path> compare;  // none, or two
  bool fail_if_worse = false;
};

// `page` makes the page for people, when one is asked for.
template <class Report, class Json, class Page>
int deliver(const CommandContext& context, const EvalFlags& flags, const Report& report, const Json& to_json, const Page& page) {
  if (flags.out) {
    const Status written = write_file_atomic(*flags.out, as_byte_span(to_json(report, true) + '\n'));
    if (!written) return print_error(written.error());
  }
  if (flags.html) {
    const Status written = write_file_atomic(*flags.html, as_byte_span(render_report(page())));
    if (!written) return print_error(written.error());
  }
  if (context.json) {
    fmt::print("{}\n", to_json(report, flags.per_query));
  } else {
    print_evaluation(report);
  }
  return 0;
}

int run_catalogue(const CommandContext& context, const EvalFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  const auto engine = open_engine(*config);
  if (!engine) return print_error(engine.error());
  StageLines lines("category head", "steps", "pictures");
  const auto report = evaluate_catalogue(**engine, flags.catalogue, std::ref(lines), context.stop);
  lines.finish();
  if (!report) return print_error(report.error());
  return deliver(context, flags, *report, evaluation_report_json, [&] { return catalogue_page(**engine, *report); });
}

int run_labelled(const CommandContext& context, const EvalFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  LabelledEvaluationOptions options = flags.labelled;
  options.models_dir = config->models_dir;
  options.bundle = config->bundle;
  options.threads = static_cast<size_t>(config->threads);
  options.seed = flags.catalogue.seed;
  if (!flags.precision.empty()) options.precision = parse_precision(flags.precision);
  StageLines lines("category head", "steps", "pictures");
  const auto report = evaluate_labelled(options, std::ref(lines), context.stop);
  lines.finish();
  if (!report) return print_error(report.error());
  return deliver(context, flags, *report, labelled_report_json, [&] { return labelled_page(*report, options.labelled); });
}

int run_compare(const CommandContext& context, const EvalFlags& flags) {
  std::vector<std::string> texts;
  for (const auto& path : flags.compare) {
    auto text = read_text_file(path, kReportBytesMax);
    if (!text) return print_error(text.error());
    texts.push_back(std::move(*text));
  }
  const auto comparison = compare_evaluations(texts[0], texts[1]);
  if (!comparison) return print_error(comparison.error());
  if (context.json) {
    fmt::print("{}\n", comparison_json(*comparison));
  } else {
    print_comparison(*comparison);
  }
  return flags.fail_if_worse && comparison->worse() ? kExitPartly : 0;
}

Status check(const EvalFlags& flags) {
  const auto refused = [](std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_arguments", std::move(message)); };
  const bool train = !flags.labelled.train.empty(), labelled = !flags.labelled.labelled.empty();
  if (train != labelled) return refused("--train and --labelled are given together: the folder to learn from and the one to measure on");
  if (flags.fail_if_worse && flags.compare.empty()) return refused("--fail-if-worse goes with --compare");
  if (train && (flags.catalogue.queries || flags.catalogue.distractors))
    return refused("--train and --labelled measure folders, --queries and --distractors a catalogue");
  if (flags.catalogue.altered_copies > 0 && !flags.catalogue.queries) return refused("--augment makes copies of the photos of --queries");
  if (!flags.precision.empty() && !train) return refused("--precision goes with --train and --labelled; a catalogue has its own");
  return {};
}

int run_eval(const CommandContext& context, const EvalFlags& flags) {
  const Status possible = check(flags);
  if (!possible) return print_error(possible.error());
  if (!flags.compare.empty()) return run_compare(context, flags);
  return flags.labelled.train.empty() ? run_catalogue(context, flags) : run_labelled(context, flags);
}

void add_flags(CLI::App& command, EvalFlags& flags) {
  command.add_option("--queries", flags.catalogue.queries,
                     "CSV file with the columns picture, product_id; without it the catalogue's own pictures are looked up");
  command.add_option("--distractors", flags.catalogue.distractors, "folder of other pictures to hide the products among");
  command.add_option("--augment", flags.catalogue.altered_copies, "so many altered copies of each photo beside it [0]")->check(CLI::Range(0, 100));
  command.add_option("--seed", flags.catalogue.seed, "seed of samples, splits and altered copies [1]");
  command.add_option("--train", flags.labelled.train, "folder class/picture to learn a head and a space from; needs no --data");
  command.add_option("--labelled", flags.labelled.labelled, "folder class/picture to measure on, with --train");
  command.add_option("--precision", flags.precision, "f32, bf16 or int8, with --train; else the bundle's best here")
      ->check(CLI::IsMember({"f32", "bf16", "int8"}));
  command.add_option("--out", flags.out, "write the JSON to this file too, with what became of each query");
  command.add_option("--html", flags.html, "write a report with plots and pictures to this file");
  command.add_flag("--per-query", flags.per_query, "put what became of each query into the JSON that is printed");
  command.add_option("--compare", flags.compare, "two files of --out: what changed, and is it more than chance?")->expected(2);
  command.add_flag("--fail-if-worse", flags.fail_if_worse, "with --compare: exit code 1 when a figure is significantly worse in the second");
}

}  // namespace

void add_eval_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("eval", "Measure recall, accuracy and latency, on a catalogue or on folders of labelled photographs");
  auto flags = std::make_shared<EvalFlags>();
  add_flags(*command, *flags);
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_eval(context, *flags); }; });
}

}  // namespace nozama
