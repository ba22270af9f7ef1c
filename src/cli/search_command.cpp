#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "server/json_views.h"

namespace nozama {
namespace {

constexpr size_t kPhotoBytesMax = size_t{256} << 20;

struct SearchFlags {
  std::string photo, crop, category, filter, facets, lang = "en";
  std::optional<int> max_per_brand;
  double diversity = 0;
  bool show_duplicates = false;
  int limit = SearchLimits::kLimitDefault;
  std::optional<double> min_score;
};

void print_facets(const FacetCounts& counts) {
  fmt::print("\n{} products\n", counts.total);
  for (const Facet& facet : counts.facets) {
    fmt::print("{}:", facet.column);
    for (const FacetValue& value : facet.values) fmt::print("  {} {}", value.value, value.count);
    for (const FacetBucket& bucket : facet.buckets) fmt::print("  {} to {} {}", bucket.low, bucket.high, bucket.count);
    fmt::print("\n");
  }
}

void print_answer(const SearchAnswer& answer) {
  for (const CategoryGuess& guess : answer.categories) fmt::print("{:5.1f} %  {}\n", 100 * guess.probability, guess.name);
  fmt::print("\n");
  for (size_t i = 0; i < answer.results.size(); ++i) {
    const SearchHit& hit = answer.results[i];
    const std::string more = hit.duplicates.empty() ? "" : fmt::format("  (+ {} with the same picture)", hit.duplicates.size());
    fmt::print("{:3}  {:.3f}  {}  {}{}\n", i + 1, hit.score, hit.product.external_id, hit.product.title, more);
  }
  if (answer.refused) {
    fmt::print("Nothing like this here (no product scores {:.2f} or more).", answer.min_score);
    if (answer.nearest_available > 0) fmt::print(" The nearest {} are shown with --min-score 0.", answer.nearest_available);
    fmt::print("\n");
  }
  if (answer.facets) print_facets(*answer.facets);
  const StageTimings& t = answer.timings;
  fmt::print("\ndecode {:.1f} + encode {:.1f} + search {:.2f} + rank {:.2f} = {:.1f} ms\n", t.decode_ms, t.encode_ms, t.search_ms, t.rank_ms, t.total_ms);
}

Result<SearchAnswer> search_photo(const CommandContext& context, const SearchFlags& flags) {
  const auto config = config_of(context);
  if (!config) return propagate(config);
  const auto photo = read_file(flags.photo, kPhotoBytesMax);
  if (!photo) return propagate(photo);
  SearchQuery query;
  query.subject = PhotoSubject{*photo};
  if (!flags.crop.empty()) {
    const auto crop = parse_crop(flags.crop);
    if (!crop) return propagate(crop);
    query.crop = *crop;
  }
  if (!flags.category.empty()) query.category = flags.category;
  query.limit = flags.limit;
  query.min_score = flags.min_score;
  query.lang = flags.lang;
  if (!flags.filter.empty()) query.filter = flags.filter;
  if (!flags.facets.empty()) {
    auto facets = parse_facets(flags.facets);
    if (!facets) return propagate(facets);
    query.facets = std::move(*facets);
  }
  query.max_per_brand = flags.max_per_brand;
  query.diversity = flags.diversity;
  query.collapse = !flags.show_duplicates;
  const auto engine = open_engine(*config);
  if (!engine) return propagate(engine);
  auto answer = (*engine)->search(query);
  if (!answer) return propagate(answer, flags.photo);
  return answer;
}

int run_search(const CommandContext& context, const SearchFlags& flags) {
  const auto answer = search_photo(context, flags);
  if (!answer) return print_error(answer.error());
  if (context.json) {
    fmt::print("{}\n", search_answer_json(*answer));
  } else {
    print_answer(*answer);
  }
  return 0;
}

}  // namespace

void add_search_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("search", "Find the products that look like a photo");
  auto flags = std::make_shared<SearchFlags>();
  command->add_option("PHOTO", flags->photo, "JPEG, PNG, WebP or GIF file")->required();
  command->add_option("--crop", flags->crop, "part of the photo to search with: x,y,w,h in 0..1");
  command->add_option("--category", flags->category, "category slug, or all; absent = automatic");
  command->add_option("--filter", flags->filter, "condition that products must meet, such as 'price < 50 and colour = \"red\"' (docs/filters.md)");
  command->add_option("--facets", flags->facets, "count all results by these columns, such as brand,colour:20,price (docs/filters.md)");
  command->add_option("--max-per-brand", flags->max_per_brand, "most results of one brand (1 to 100)");
  command->add_option("--diversity", flags->diversity, "0 = by score, up to 1 = as different from each other as can be [0]");
  command->add_flag("--show-duplicates", flags->show_duplicates, "show every product, also those with a near-identical picture of a better one");
  command->add_option("--limit", flags->limit, "most results (1 to 100) [30]");
  command->add_option("--min-score", flags->min_score, "least score shown, 0 to 1; absent = fitted when the shop was trained");
  command->add_option("--lang", flags->lang, "language of titles [en]");
  add_options(*command, context, {"data", "database", "blobs", "models", "threads", "log-level", "log-format"});
  add_json_flag(*command, context);
  command->callback([&context, flags] { context.run = [&context, flags] { return run_search(context, *flags); }; });
}

}  // namespace nozama
