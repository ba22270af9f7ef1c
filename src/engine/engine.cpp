#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/analytics.h"
#include "catalog/catalog.h"
#include "catalog/query_log.h"
#include "engine/card_cache.h"
#include "engine/category_cache.h"
#include "engine/category_levels.h"
#include "engine/curated_hits.h"
#include "engine/curated_list.h"
#include "engine/curation_rules.h"
#include "engine/explanation.h"
#include "engine/filtered_list.h"
#include "engine/live_index.h"
#include "engine/near_duplicates.h"
#include "engine/photo_reading.h"
#include "engine/product_edits.h"
#include "engine/product_vectors.h"
#include "engine/recall_meter.h"
#include "engine/search_checks.h"
#include "engine/search_hits.h"
#include "engine/search_session.h"
#include "engine/shelf_cache.h"
#include "engine/shop_columns.h"
#include "engine/shop_settings.h"
#include "engine/thumbnails.h"
#include "engine/workspace.h"
#include "model/encoder.h"
#include "model/vector_codec.h"
#include "recommend/reasons.h"

namespace nozama {

namespace {

// What a search compares with: a photo, a product or a vector, read.
struct Subject {
  std::vector<float> embedding;
  std::optional<PhotoReading> photo;
  std::optional<ProductCard> product;
};

// What the shop's rules make of a search.
struct CuratedSearch {
  Curation curation;
  std::vector<ProductId> exclude;  // by the query and by the rules
  std::optional<Filter> filter;
};

}  // namespace

struct Engine::State {
  std::unique_ptr<Workspace> workspace;
  std::unique_ptr<LiveIndex> live;  // goes before the workspace
  CategoryCache categories;
  CardCache known_cards;
  ShelfCache shelves;
  EngineOptions options;
  CurationCache rules;
  FeatureMapCache feature_maps;
  std::unique_ptr<RecallMeter> recall;
  std::unique_ptr<ProductEdits> edits;

  Catalog& catalog() { return workspace->catalog(); }
  Result<CategoryCache::Tree> category_tree(const std::string& lang) { return categories.get(catalog(), live->applied_seq(), lang); }

  Result<Subject> read_subject(const Live& live_now, const SearchQuery& query, StageTimings& timings);
  Result<Subject> read_product(const Live& live_now, const SearchQuery& query, const std::string& external_id);
  Result<Wished> read_wished(const Live& live_now, const SearchQuery& query, const CategoryCache::Tree& tree);
  Result<std::vector<ProductId>> excluded(const SearchQuery& query);
  Result<std::optional<std::vector<PartitionWeight>>> chosen_partitions(const SearchQuery& query);
  Status describe_categories(const Live& live_now, const GatedSearch& gated, const std::string& lang, SearchAnswer& answer);
  Result<ComparedFacts> subject_facts(const Subject& subject, const GatedSearch& gated);
  Status add_results(const SearchQuery& query, const Live& live, const Subject& subject, const GatedSearch& gated, const std::vector<CuratedHit>& hits,
                     SearchAnswer& answer);
  Result<ListAnswer> plain_list(const Live& live_now, const CategoryCache::Tree& tree, const ListQuery& query);
  // The rules for a search; those of `asked` instead of the shop's where there are any.
  Result<Curation> curation(const Live& live_now, const ReadyRules& asked, const CategoryCache::Tree& tree, SearchSituation situation);
  Result<CuratedSearch> curate(const Live& live_now, const SearchQuery& query, const CategoryCache::Tree& tree, const SearchSituation& situation,
                               const std::optional<Filter>& filter);
  std::vector<CuratedHit> reaching(const Live& live_now, const std::vector<Neighbour>& hits, double least_score);
};

namespace {

// Hours of this process for the plot over time.
RecallMeter::Keep recall_keeper(Catalog& catalog) {
  return [&catalog, meter = random_hex(8)](const std::vector<RecallFigures::Hour>& hours) {
    std::vector<RecallHour> rows;
    for (const RecallFigures::Hour& hour : hours) rows.push_back({hour.start_ms, hour.searches, hour.expected, hour.found});
    if (const Status kept = Analytics(catalog).save_recall(meter, rows); !kept) log_warning("recall_not_kept", {{"error", kept.error().message}});
  };
}

constexpr PartitionWeight kNowhere{{-1}, 0};  // no category has this id
constexpr size_t kGuessesMax = 6;
constexpr double kGuessProbabilityMin = 0.005;
// Blank pictures reach 0.50 to 0.54 on the sample shop.
constexpr double kPlainScoreMin = 0.9;
constexpr size_t kSampleBytesMax = size_t{8} << 20;

ComparedFacts facts_of(const ProductCard& card, CategoryId category) {
  ComparedFacts facts{.category = category, .brand = card.brand, .price_minor = card.price_minor, .currency = card.currency};
  for (const ColourRecord& colour : card.colours) facts.colours.push_back(colour.name);
  return facts;
}

// What a network sees in a photo of one colour looks like many things; only what is of one colour itself looks like it.
double least_score(const Live& live_now, const SearchQuery& query, const Subject& subject) {
  const double fitted = live_now.model->parameters.min_score;
  return query.min_score.value_or(subject.photo && subject.photo->plain ? std::max(fitted, kPlainScoreMin) : fitted);
}

void add_regions(const VectorCodec& codec, const PhotoReading& photo, SearchAnswer& answer) {
  answer.colours = photo.colours;
  for (const SalientRegion& region : photo.regions) {
    answer.regions.push_back({region.box, static_cast<double>(region.score), codec.encode(region.embedding)});
  }
}

SearchSituation situation_of(const SearchQuery& query, const Subject& subject, const SearchAnswer& answer) {
  SearchSituation situation{.text = query.text ? std::string_view(*query.text) : std::string_view(), .embedding = subject.embedding};
  if (query.category) {
    situation.category = *query.category;
  } else if (subject.product) {
    situation.category = subject.product->category_slug;
  } else if (answer.category) {
    situation.category = answer.category->slug;
  }
  return situation;
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(std::unique_ptr<Workspace> workspace, EngineOptions options) {
  auto state = std::make_unique<State>();
  state->workspace = std::move(workspace);
  state->options = options;
  auto live = LiveIndex::open(*state->workspace);
  if (!live) return propagate(live);
  state->live = std::move(*live);
  state->recall = std::make_unique<RecallMeter>(options.recall_sample_every, recall_keeper(state->workspace->catalog()));
  state->edits = std::make_unique<ProductEdits>(*state->workspace, [live = state->live.get()] { return live->catch_up(); });
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Result<Subject> Engine::State::read_product(const Live& live_now, const SearchQuery& query, const std::string& external_id) {
  auto embedding = product_embedding(catalog(), live_now, external_id);
  if (!embedding) return propagate(embedding);
  Subject subject{std::move(*embedding), {}, {}};
  const auto ids = catalog().product_ids({external_id});
  if (!ids) return propagate(ids);
  if (!(*ids)[0]) return subject;
  auto cards = catalog().cards({*(*ids)[0]}, query.lang);
  if (!cards) return propagate(cards);
  if (!cards->empty()) subject.product = std::move(cards->front());
  return subject;
}

Result<Subject> Engine::State::read_subject(const Live& live_now, const SearchQuery& query, StageTimings& timings) {
  if (const auto* product = std::get_if<ProductSubject>(&query.subject)) return read_product(live_now, query, product->external_id);
  if (const auto* photo = std::get_if<PhotoSubject>(&query.subject)) {
    auto reading = read_photo(*live_now.model->encoder, photo->bytes, query.crop, timings);
    if (!reading) return propagate(reading);
    return Subject{reading->embedding, std::move(*reading), {}};
  }
  auto embedding = live_now.model->codec->decode(std::get<VectorSubject>(query.subject).text);
  if (!embedding) return propagate(embedding);
  return Subject{std::move(*embedding), {}, {}};
}

Result<Wished> Engine::State::read_wished(const Live& live_now, const SearchQuery& query, const CategoryCache::Tree& tree) {
  Wished wished{.cards = [this, &query](const auto& ids) { return known_cards.get(catalog(), live->applied_seq(), ids, query.lang); },
                .in_these_categories = query.category.has_value()};
  if (!query.text) return wished;
  const std::vector<FacetRequest> brands = {{.column = "brand", .top = kFacetTopMax}};
  const auto counted = live_now.index->count({}, brands);
  if (!counted) return propagate(counted);
  std::vector<std::string> names;
  for (const FacetValue& value : counted->facets.front().values) names.push_back(value.value);
  wished.wishes = read_wishes(*query.text, *tree, names);
  return wished;
}

Result<std::vector<ProductId>> Engine::State::excluded(const SearchQuery& query) {
  std::vector<std::string> names = query.exclude;
  names.insert(names.end(), query.dislike.begin(), query.dislike.end());
  if (const auto* product = std::get_if<ProductSubject>(&query.subject)) names.push_back(product->external_id);
  if (names.empty()) return std::vector<ProductId>{};
  const auto ids = catalog().product_ids(names);
  if (!ids) return propagate(ids);
  std::vector<ProductId> found;
  for (const auto& id : *ids) {
    if (id) found.push_back(*id);
  }
  return found;
}

// Nothing when the photo decides where to look.
Result<std::optional<std::vector<PartitionWeight>>> Engine::State::chosen_partitions(const SearchQuery& query) {
  if (!query.category || *query.category == "all") return std::nullopt;
  const std::string& category = *query.category;
  const auto id = catalog().category_by_slug(category);
  if (!id && id.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kInvalidArgument, "unknown_category",
                fmt::format("there is no category '{}'; GET /api/v1/categories lists them", category.substr(0, 200)));
  }
  if (!id) return propagate(id);
  const auto below = catalog().category_descendants(*id);
  if (!below) return propagate(below);
  std::vector<PartitionWeight> partitions;
  for (const CategoryId each : *below) partitions.push_back({each, 0.0F});
  if (partitions.empty()) partitions.push_back(kNowhere);
  return partitions;
}

Status Engine::State::describe_categories(const Live& live_now, const GatedSearch& gated, const std::string& lang, SearchAnswer& answer) {
  if (gated.probabilities.empty()) return {};
  const auto tree = category_tree(lang);
  if (!tree) return propagate(tree);
  answer.category = most_specific_category(**tree, gated.probabilities, live_now.model->parameters.category_threshold);
  for (const CategoryProbability& guess : gated.probabilities) {
    const bool enough = answer.categories.size() >= kGuessesMax || guess.probability < kGuessProbabilityMin;
    if (enough && !answer.categories.empty()) break;
    const auto node = std::find_if((*tree)->begin(), (*tree)->end(), [&guess](const CategoryNode& n) { return n.id == guess.category; });
    if (node != (*tree)->end()) answer.categories.push_back({node->slug, node->name, guess.probability});
  }
  return {};
}

Result<ComparedFacts> Engine::State::subject_facts(const Subject& subject, const GatedSearch& gated) {
  if (subject.product) {
    if (subject.product->category_slug.empty()) return facts_of(*subject.product, {});
    const auto category = catalog().category_by_slug(subject.product->category_slug);
    if (!category) return propagate(category);
    return facts_of(*subject.product, *category);
  }
  ComparedFacts facts;
  if (!gated.probabilities.empty()) facts.category = gated.probabilities.front().category;
  if (subject.photo) {
    for (const ColourRecord& colour : subject.photo->colours) facts.colours.push_back(colour.name);
  }
  return facts;
}

Status Engine::State::add_results(const SearchQuery& query, const Live& live_now, const Subject& subject, const GatedSearch& gated,
                                  const std::vector<CuratedHit>& hits, SearchAnswer& answer) {
  const ServingParameters& parameters = live_now.model->parameters;
  answer.total = std::ssize(hits);
  answer.refused = hits.empty();
  std::vector<ProductId> ids;
  const auto end = std::min<int64_t>(answer.total, int64_t{query.offset} + query.limit);
  for (int64_t i = query.offset; i < end; ++i) ids.push_back(hits[static_cast<size_t>(i)].hit.product);
  auto cards = known_cards.get(catalog(), live->applied_seq(), ids, query.lang);
  if (!cards) return propagate(cards);
  const auto facts = subject_facts(subject, gated);
  if (!facts) return propagate(facts);
  std::vector<PictureId> pictures;
  // A product deleted since the index was asked has no card; the others keep their order.
  size_t card = 0;
  for (int64_t i = query.offset; i < end && card < cards->size(); ++i) {
    const Neighbour& hit = hits[static_cast<size_t>(i)].hit;
    if ((*cards)[card].id != hit.product) continue;
    SearchHit result{.product = std::move((*cards)[card++]), .score = hits[static_cast<size_t>(i)].score};
    result.pinned = hits[static_cast<size_t>(i)].pinned;
    const auto similarity = static_cast<double>(hit.similarity);
    result.reasons = reasons_for(*facts, facts_of(result.product, hit.partition), {similarity, parameters.calibration.score(similarity)});
    answer.results.push_back(std::move(result));
    pictures.push_back(hit.picture);
  }
  answer.explained = query.explain;
  if (!query.explain) return {};
  const ExplainedQuery explained{subject.embedding, subject.photo ? &*subject.photo : nullptr};
  return add_heat_maps(*workspace, live_now, feature_maps, explained, pictures, answer.results);
}

Result<Curation> Engine::State::curation(const Live& live_now, const ReadyRules& asked, const CategoryCache::Tree& tree, SearchSituation situation) {
  auto known = asked != nullptr ? Result<ReadyRules>(asked) : rules.get(catalog(), live->applied_seq(), *live_now.model);
  if (!known) return propagate(known);
  situation.now_ms = unix_time_ms();
  return curation_of(**known, *live_now.model, tree, situation);
}

std::vector<CuratedHit> Engine::State::reaching(const Live& live_now, const std::vector<Neighbour>& hits, double least_score) {
  std::vector<CuratedHit> enough;
  for (const Neighbour& hit : hits) {
    const double score = live_now.model->parameters.calibration.score(static_cast<double>(hit.score));
    if (score < least_score) break;
    enough.push_back({hit, score});
  }
  return enough;
}

Result<CuratedSearch> Engine::State::curate(const Live& live_now, const SearchQuery& query, const CategoryCache::Tree& tree, const SearchSituation& situation,
                                            const std::optional<Filter>& filter) {
  auto known = curation(live_now, query.rules, tree, situation);
  if (!known) return propagate(known);
  auto exclude = excluded(query);
  if (!exclude) return propagate(exclude);
  for (const int64_t hidden : known->hidden) exclude->push_back({hidden});
  auto narrowed = curated_filter(filter, *known);
  return CuratedSearch{std::move(*known), std::move(*exclude), std::move(narrowed)};
}

Result<SearchAnswer> Engine::search(const SearchQuery& query) {
  const Stopwatch total;
  const Status checked = check_query(query);
  if (!checked) return propagate(checked);
  State& state = *state_;
  SearchAnswer answer;
  // Once, so that encoder, codec, model and index are of one space whatever is switched meanwhile.
  const Live live = state.live->current();
  // Before any decoding: a wrong filter, facet or category must not cost a forward pass.
  const auto tree = state.category_tree(query.lang);
  if (!tree) return propagate(tree);
  const auto columns = writable_columns(live.index->columns(), *tree);
  const auto filter = parse_filter_field(query.filter, columns);
  if (!filter) return propagate(filter);
  if (auto countable = live.index->count({.partitions = {kNowhere}}, query.facets); !countable) return propagate(countable);
  const auto chosen = state.chosen_partitions(query);
  if (!chosen) return propagate(chosen);
  const auto subject = state.read_subject(live, query, answer.timings);
  if (!subject) return propagate(subject);
  const std::vector<float>& embedding = subject->embedding;
  const auto vector = compared_vector(state.catalog(), live, query, embedding);
  if (!vector) return propagate(vector);

  Stopwatch stage;
  GatedSearch gated = gate_embedding(live, embedding, query.category ? Gate::kNone : (query.hard_gate ? Gate::kHard : Gate::kSoft));
  const Status described = state.describe_categories(live, gated, query.lang, answer);
  if (!described) return propagate(described);
  const auto curated = state.curate(live, query, *tree, situation_of(query, *subject, answer), *filter);
  if (!curated) return propagate(curated);
  NeighbourQuery neighbours;
  neighbours.partitions = *chosen ? **chosen : gated.partitions;
  neighbours.exclude = curated->exclude;
  neighbours.filter = curated->filter ? &*curated->filter : nullptr;
  neighbours.details = curated->curation.sink_out_of_stock;
  answer.min_score = least_score(live, query, *subject);
  auto wished = state.read_wished(live, query, *tree);
  if (!wished) return propagate(wished);
  const auto found = find_hits(live, query, {*vector, answer.min_score, neighbours, &*wished});
  if (!found) return propagate(found);
  answer.wishes = std::move(wished->wishes);
  auto counts = count_hits(live, *vector, query, found->all);
  if (!counts) return propagate(counts);
  answer.facets = std::move(*counts);
  answer.timings.search_ms = stage.lap_ms();

  answer.nearest_available = static_cast<int>(std::min<size_t>(found->hits.size(), static_cast<size_t>(query.limit)));
  const auto hits = curated_hits(curated->curation, query, curated->exclude, state.reaching(live, found->hits, answer.min_score));
  const Status added = state.add_results(query, live, *subject, gated, hits, answer);
  if (!added) return propagate(added);
  const Status named = name_duplicates(state.catalog(), found->collapsed, answer.results);
  if (!named) return propagate(named);
  if (subject->photo) add_regions(*live.model->codec, *subject->photo, answer);
  answer.attributes = guess_attributes(*live.model, embedding);
  answer.vector = live.model->codec->encode(embedding);
  answer.timings.rank_ms = stage.lap_ms();
  answer.timings.total_ms = total.elapsed_ms();
  state.recall->offer(live, *vector, found->all);
  return answer;
}

Result<std::vector<SearchHit>> Engine::similar(const std::string& external_id, int limit, const std::string& lang) {
  SearchQuery query;
  query.subject = ProductSubject{external_id};
  query.limit = limit;
  query.min_score = 0;
  query.lang = lang;
  auto answer = search(query);
  if (!answer && answer.error().reason == "no_picture") return std::vector<SearchHit>{};
  if (!answer) return propagate(answer);
  return std::move(answer->results);
}

Result<ProductDetails> Engine::product(const std::string& external_id, const std::string& lang) { return state_->catalog().product(external_id, lang); }

static bool is_by_index(const ListQuery& query) {
  return query.filter || !query.facets.empty() || (!query.page.text.empty() && query.page.sort != ProductSort::kDefault);
}

Result<ListAnswer> Engine::State::plain_list(const Live& live_now, const CategoryCache::Tree& tree, const ListQuery& query) {
  if (is_by_index(query)) return list_filtered(catalog(), *live_now.index, tree, query);
  ProductListQuery listed = query.page;
  listed.exclude.insert(listed.exclude.end(), query.leading.begin(), query.leading.end());
  auto page = listed.text.empty() ? catalog().list(listed) : catalog().search_text(listed);
  if (!page) return propagate(page);
  return ListAnswer{.page = std::move(*page)};
}

Result<ListAnswer> Engine::products(const ListQuery& query) {
  if (is_by_index(query) && !query.page.after.empty()) {
    return fail(ErrorCode::kInvalidArgument, "bad_page", "a list with filter or facets, or text and sort, has no after: page it by offset");
  }
  const Live live = state_->live->current();
  const auto tree = state_->category_tree(query.page.lang);
  if (!tree) return propagate(tree);
  const auto curation = state_->curation(live, query.rules, *tree, {.text = query.page.text, .category = query.page.category});
  if (!curation) return propagate(curation);
  return curated_list(state_->catalog(), *curation, query, [&](const ListQuery& plain) { return state_->plain_list(live, *tree, plain); });
}

Result<Suggestions> Engine::suggestions(const std::string& text, const std::string& lang) {
  const auto tree = state_->category_tree(lang);
  if (!tree) return propagate(tree);
  return suggest(state_->catalog(), *state_->live->current().index, **tree, text, lang);
}

Result<std::vector<CategoryNode>> Engine::categories(const std::string& lang) {
  const auto tree = state_->category_tree(lang);
  if (!tree) return propagate(tree);
  return **tree;
}

Result<std::vector<std::byte>> Engine::thumbnail(const std::string& content_hash, int width) { return make_thumbnail(*state_->workspace, content_hash, width); }

Result<std::vector<std::byte>> Engine::sample_photo(const std::string& file) {
  const auto info = load_shop(*state_->workspace);
  if (!info) return propagate(info);
  // Only names that the shop lists are opened, so no name can reach outside the folder.
  const bool listed = std::any_of(info->samples.begin(), info->samples.end(), [&file](const ShopInfo::Sample& sample) { return sample.file == file; });
  if (!listed) return fail(ErrorCode::kNotFound, "unknown_sample", "there is no such sample photo");
  return read_file(state_->workspace->dir().samples() / file, kSampleBytesMax);
}

Result<ShopInfo> Engine::shop() {
  auto info = load_shop(*state_->workspace);
  if (!info) return info;
  const auto logged = QueryLog(state_->catalog()).enabled();
  if (!logged) return propagate(logged);
  info->photo_by_url = state_->options.photo_by_url;
  info->privacy = {*logged, state_->options.keep_queries_days, state_->options.keep_events_days};
  return info;
}

Result<HomeShelves> Engine::home_shelves(const std::string& lang) {
  const auto ids = state_->shelves.get(state_->catalog(), state_->live->applied_seq(), unix_time_ms());
  if (!ids) return propagate(ids);
  auto trending = state_->known_cards.get(state_->catalog(), state_->live->applied_seq(), ids->trending, lang);
  if (!trending) return propagate(trending);
  auto newest = state_->known_cards.get(state_->catalog(), state_->live->applied_seq(), ids->newest, lang);
  if (!newest) return propagate(newest);
  return HomeShelves{std::move(*trending), std::move(*newest), ids->trending_by_reviews};
}

Status Engine::ready() {
  const auto counts = state_->catalog().stats();
  if (!counts) return propagate(counts);
  return {};
}

Result<EngineStats> Engine::stats() {
  const auto counts = state_->catalog().stats();
  if (!counts) return propagate(counts);
  const Live live = state_->live->current();
  const IndexStats index = live.index->stats();
  EngineStats stats;
  stats.products = counts->products;
  stats.pictures = counts->pictures;
  stats.indexed_products = static_cast<int64_t>(index.products);
  stats.change_seq = counts->change_seq;
  stats.applied_seq = state_->live->applied_seq();
  stats.index_bytes = static_cast<int64_t>(index.bytes);
  stats.encoder_id = live.model->encoder_id;
  stats.has_head = live.model->head.has_value();
  return stats;
}

RecallFigures Engine::recall() { return state_->recall->figures(); }

Status Engine::catch_up() { return state_->live->catch_up(); }

ProductEdits& Engine::edits() { return *state_->edits; }

Workspace& Engine::workspace() { return *state_->workspace; }

Live Engine::live() const { return state_->live->current(); }

}  // namespace nozama
