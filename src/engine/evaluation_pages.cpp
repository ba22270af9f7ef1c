#include "engine/evaluation_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr int kShownSide = 160;
constexpr int kShownQuality = 70;

// Small enough that a page with all of them opens on a phone. Empty when it cannot be read.
std::vector<std::byte> small_copy(const Result<std::vector<std::byte>>& bytes) {
  const auto image = bytes ? decode_image(*bytes, {}, kShownSide) : Result<Image>(propagate(bytes));
  const auto webp = image ? encode_webp(fit_within(*image, kShownSide), kShownQuality) : Result<std::vector<std::byte>>(propagate(image));
  return webp ? *webp : std::vector<std::byte>{};
}

ReportFigure figure(std::string name, std::string meaning, const MeasuredFigure& measured) {
  return {std::move(name), std::move(meaning), measured.value, measured.interval};
}

ReportTable retrieval_table(const LabelledReport& report) {
  ReportTable table{"Nearest neighbours",
                    "Pictures to measure on, looked up among the pictures to learn from; right = of the same class.",
                    {"space", "dimensions", "precision@1", "precision@10", "mAP@30"},
                    {}};
  for (const auto& [name, r] :
       {std::pair{"learned from the labels", &report.learned}, std::pair{"principal components", &report.pca}, std::pair{"the encoder alone", &report.raw}}) {
    table.rows.push_back({name, std::to_string(r->dimension), fmt::format("{:.3f}", measured_mean(r->precision_at_1).value),
                          fmt::format("{:.3f}", measured_mean(r->precision_at_10).value),
                          fmt::format("{:.3f}", measured_mean(r->average_precision_at_30).value)});
  }
  return table;
}

ReportTable tests_table(const LabelledReport& report) {
  ReportTable table{"Paired tests",
                    "Differences on the same pictures; p is the probability of so large a difference where there is none.",
                    {"figure", "difference", "95 % interval", "p (bootstrap)", "p (McNemar)"},
                    {}};
  for (const PairedTest& test : report.tests) {
    table.rows.push_back({fmt::format("{}: {} − {}", test.figure, test.of, test.less), fmt::format("{:+.3f}", test.bootstrap.difference),
                          fmt::format("{:+.3f} – {:+.3f}", test.bootstrap.interval.low, test.bootstrap.interval.high), fmt::format("{:.4f}", test.bootstrap.p),
                          test.mcnemar < 0 ? "" : fmt::format("{:.4f}", test.mcnemar)});
  }
  return table;
}

ReportBars recall_bars(const LabelledReport& report, const std::vector<std::vector<int64_t>>& confusion) {
  ReportBars bars{"Right by class", "Share of each class's pictures that the head has right.", {}};
  for (size_t c = 0; c < report.classes.size(); ++c) {
    int64_t total = 0;
    for (const int64_t count : confusion[c]) total += count;
    if (total == 0) continue;
    const double share = static_cast<double>(confusion[c][c]) / static_cast<double>(total);
    bars.bars.push_back({report.classes[c], fmt::format("{:.2f} of {}", share, total), share});
  }
  return bars;
}

std::vector<ReportFailure> surest_mistakes(const LabelledReport& report, const std::filesystem::path& labelled) {
  std::vector<std::pair<double, size_t>> mistakes;
  for (size_t i = 0; i < report.predictions.size(); ++i) {
    const size_t guess = predicted_class(report.predictions[i]);
    if (guess != report.predictions[i].label) mistakes.emplace_back(-report.predictions[i].probabilities[guess], i);
  }
  std::sort(mistakes.begin(), mistakes.end());
  mistakes.resize(std::min(mistakes.size(), kFailuresShownMax));
  std::vector<ReportFailure> failures;
  for (const auto& [confidence, i] : mistakes) {
    const std::string &is = report.classes[report.predictions[i].label], &taken_for = report.classes[predicted_class(report.predictions[i])];
    failures.push_back({{{"", small_copy(read_file(labelled / report.names[i], kPictureFileBytesMax)), fmt::format("a picture of {}", is)}},
                        fmt::format("{}: {}, taken for {} with a confidence of {:.2f}", report.names[i], is, taken_for, -confidence)});
  }
  return failures;
}

std::string milliseconds(double ms) { return fmt::format("{:.2f}", ms); }

ReportTable gate_table(const EvaluationReport& report) {
  ReportTable table{"Finding the very product, by gate",
                    "The soft gate searches every category that the photo may be of, the hard one the most probable only, and without a gate everything is "
                    "searched. Beside them what a random order of the right category would find.",
                    {"gate", "recall@1", "recall@5", "recall@30", "MRR", "search, ms (median)"},
                    {}};
  const auto share = [](const MeasuredFigure& f) { return fmt::format("{:.3f} ({:.3f} – {:.3f})", f.value, f.interval.low, f.interval.high); };
  for (const auto& [name, gate] :
       {std::pair{"soft (as served)", &report.soft_gate}, std::pair{"none", &report.no_gate}, std::pair{"hard", &report.hard_gate}}) {
    table.rows.push_back(
        {name, share(gate->recall_at_1), share(gate->recall_at_5), share(gate->recall_at_30), share(gate->mrr), fmt::format("{:.3f}", gate->search_ms_p50)});
  }
  const RandomFigures& random = report.baseline;
  table.rows.push_back({"right category, random", fmt::format("{:.3f}", random.recall_at_1), fmt::format("{:.3f}", random.recall_at_5),
                        fmt::format("{:.3f}", random.recall_at_30), fmt::format("{:.3f}", random.mrr), ""});
  return table;
}

ReportTable speed_table(const EvaluationReport& report) {
  ReportTable table{
      "Time for one photo",
      fmt::format("Milliseconds, one photo at a time. On {} threads at once: {:.0f} pictures a second.", report.threads, report.pictures_per_second),
      {"stage", "median", "95th percentile"},
      {}};
  for (const auto& [name, latency] :
       {std::pair{"decode", &report.decode}, std::pair{"encode", &report.encode}, std::pair{"search", &report.search}, std::pair{"all", &report.total}}) {
    table.rows.push_back({name, milliseconds(latency->p50_ms), milliseconds(latency->p95_ms)});
  }
  return table;
}

void add_confusion(Engine& engine, const EvaluationReport& report, ReportPage& page) {
  const auto categories = engine.workspace().catalog().categories("en");
  if (!categories || !report.has_head) return;
  std::map<int64_t, std::string> name_of;
  for (const CategoryNode& node : *categories) name_of[node.id.value] = node.slug;
  std::map<int64_t, size_t> place;
  for (const QueryOutcome& outcome : report.outcomes) {
    for (const CategoryId id : {outcome.category, outcome.guess}) {
      if (place.try_emplace(id.value, place.size()).second) page.classes.push_back(name_of.contains(id.value) ? name_of[id.value] : "no category");
    }
  }
  page.confusion.assign(place.size(), std::vector<int64_t>(place.size()));
  std::vector<Confidence> guesses;
  for (const QueryOutcome& outcome : report.outcomes) {
    ++page.confusion[place[outcome.category.value]][place[outcome.guess.value]];
    guesses.push_back({outcome.confidence, outcome.guess == outcome.category});
  }
  page.reliability = reliability_bins(std::move(guesses));
}

ReportFailure::Picture product_picture(Engine& engine, ProductId id, const std::string& label) {
  const auto cards = engine.workspace().catalog().cards({id}, "en");
  if (!cards || cards->empty()) return {label + ": not in the catalogue", {}, ""};
  const ProductCard& card = cards->front();
  return {fmt::format("{}: {}", label, card.title), small_copy(engine.workspace().pictures().get(card.picture_hash)), card.title};
}

ReportFailure::Picture query_picture(Engine& engine, const QueryOutcome& outcome) {
  if (!outcome.photo.empty()) return {"photo", small_copy(read_file(outcome.photo, kPictureFileBytesMax)), "the photo that was asked about"};
  const auto cards = engine.workspace().catalog().cards({outcome.product}, "en");
  const auto details = cards && !cards->empty() ? engine.workspace().catalog().product(cards->front().external_id, "en")
                                                : Result<ProductDetails>(fail(ErrorCode::kNotFound, "unknown_product", "gone"));
  if (!details) return {"picture", {}, ""};
  const auto picture = std::ranges::find(details->pictures, outcome.picture, &PictureDetails::id);
  if (picture == details->pictures.end()) return {"picture", {}, ""};
  return {"picture", small_copy(engine.workspace().pictures().get(picture->content_hash)), "the picture that was looked up"};
}

std::vector<ReportFailure> latest_products(Engine& engine, const EvaluationReport& report) {
  std::vector<const QueryOutcome*> late;
  for (const QueryOutcome& outcome : report.outcomes) {
    if (outcome.findable && !outcome.altered && outcome.soft.rank != 1) late.push_back(&outcome);
  }
  const auto place = [](const QueryOutcome* outcome) { return outcome->soft.rank > 0 ? outcome->soft.rank : INT64_MAX; };
  std::ranges::stable_sort(late, std::greater(), place);
  late.resize(std::min(late.size(), kFailuresShownMax));
  std::vector<ReportFailure> failures;
  for (const QueryOutcome* outcome : late) {
    const std::string found = outcome->soft.rank > 0 ? fmt::format("found at place {}", outcome->soft.rank) : "not found";
    failures.push_back(
        {{query_picture(engine, *outcome), product_picture(engine, outcome->product, "wanted"), product_picture(engine, outcome->first_found, "came first")},
         fmt::format("{}: {}", outcome->name, found)});
  }
  return failures;
}

}  // namespace

ReportPage labelled_page(const LabelledReport& report, const std::filesystem::path& labelled) {
  ReportPage page;
  page.title = "Evaluation on labelled pictures";
  page.summary =
      fmt::format("{} pictures of {} classes, with a category head and a space learned from {} others. Encoder {}; {:.0f} pictures a second on {} threads.",
                  report.predictions.size(), report.classes.size(), report.train_pictures, report.encoder_id, report.pictures_per_second, report.threads);
  page.figures = {figure("accuracy", "the most probable class is the right one", report.accuracy),
                  {"top-3 accuracy", "the right class is among the three most probable", report.top3_accuracy, std::nullopt},
                  {"macro-F1", "precision and recall of each class, averaged over the classes", report.macro_f1, std::nullopt},
                  figure("calibration error", "how far the stated confidence is from the share that is right; less is better", report.calibration_error),
                  figure("precision@1", "the nearest picture is of the same class", measured_mean(report.learned.precision_at_1)),
                  figure("precision@10", "share of the ten nearest that are of the same class", measured_mean(report.learned.precision_at_10)),
                  figure("mAP@30", "how far the same class stands in front among the thirty nearest", measured_mean(report.learned.average_precision_at_30))};
  page.tables = {retrieval_table(report), tests_table(report)};
  page.classes = report.classes;
  page.confusion = confusion_matrix(report.predictions, report.classes.size());
  page.reliability = reliability_bins(confidences(report.predictions));
  page.bars = {recall_bars(report, page.confusion)};
  page.failures = surest_mistakes(report, labelled);
  page.failures_note = fmt::format("The {} wrong guesses that were made with the greatest confidence.", page.failures.size());
  for (const std::string& name : report.classes_only_in_labelled) page.notes.push_back("class " + name + " is not in the folder to learn from");
  page.notes.insert(page.notes.end(), report.skipped.begin(), report.skipped.end());
  return page;
}

ReportPage catalogue_page(Engine& engine, const EvaluationReport& report) {
  ReportPage page;
  page.title = "Evaluation of the shop's search";
  page.summary = fmt::format(
      "{} queries ({}) in {} products{}. Encoder {}.", report.queries,
      report.own_pictures ? "the catalogue's own pictures, each looked up without itself" : fmt::format("{} of them altered copies", report.altered),
      report.products, report.distractors > 0 ? fmt::format(" and {} others to hide them among", report.distractors) : "", report.encoder_id);
  if (report.product_queries > 0) {
    page.figures = {figure("recall@1", "the very product comes first", report.soft_gate.recall_at_1),
                    figure("recall@5", "it is among the first five", report.soft_gate.recall_at_5),
                    figure("recall@30", "it is on the first page", report.soft_gate.recall_at_30)};
    if (report.lost_by_hard_gate > 0) {
      page.figures.push_back(figure("found by the soft gate",
                                    fmt::format("of {} queries that the hard gate loses and no gate answers", report.lost_by_hard_gate),
                                    report.found_by_soft_gate));
    }
    page.tables.push_back(gate_table(report));
  }
  page.figures.push_back(figure("precision@1 by category", "the first result is of the query's category", report.by_category.precision_at_1));
  page.figures.push_back(figure("precision@10 by category", "share of the first ten results of the query's category", report.by_category.precision_at_10));
  page.figures.push_back(figure("mAP@30 by category", "how far the query's category stands in front on the first page", report.by_category.map_at_30));
  if (report.has_head) {
    page.figures.push_back(figure("category accuracy", "the most probable category is the right one", report.category_accuracy));
    page.figures.push_back(
        figure("calibration error", "how far the stated confidence is from the share that is right; less is better", report.calibration_error));
  }
  page.tables.push_back(speed_table(report));
  add_confusion(engine, report, page);
  ReportBars bars{"By category", "Mean average precision of the first page by the query's category.", {}};
  for (const CategoryRow& row : report.category_rows)
    bars.bars.push_back({row.slug, fmt::format("{:.2f}, {} queries", row.map_at_30, row.queries), row.map_at_30});
  page.bars = {std::move(bars)};
  page.failures = latest_products(engine, report);
  page.failures_note = "Queries whose product did not come first, the latest ones first.";
  page.notes = report.skipped;
  return page;
}

}  // namespace nozama
