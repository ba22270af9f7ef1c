#include "engine/curation_rules.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "catalog/catalog.h"
#include "catalog/search_words.h"
#include "engine/serving_model.h"
#include "model/dot.h"
#include "model/vector_codec.h"

namespace nozama {
namespace {

bool is_in(const CategoryCache::Tree& categories, std::string_view slug, std::string_view wanted) {
  while (!slug.empty() && slug != wanted) {
    const auto node = std::ranges::find(*categories, slug, &CategoryNode::slug);
    slug = node == categories->end() ? std::string_view{} : std::string_view(node->parent_slug);
  }
  return !slug.empty();
}

// Which rules are for a search. What only some rules ask for is made when the first of them asks.
class RuleMatcher {
 public:
  RuleMatcher(const ServingModel& model, const CategoryCache::Tree& categories, const SearchSituation& situation)
      : model_(model), categories_(categories), situation_(situation) {}

  bool is_for(const ReadyRule& ready) {
    const CurationRule& rule = ready.rule;
    if (!rule.enabled || situation_.now_ms < rule.starts_ms.value_or(0)) return false;
    if (rule.ends_ms && situation_.now_ms >= *rule.ends_ms) return false;
    if (!rule.words.empty() && !asks_for(ready.words)) return false;
    if (!rule.category.empty() && !is_in(categories_, situation_.category, rule.category)) return false;
    return rule.vector.empty() || resembles(ready.picture, rule.similarity_min);
  }

 private:
  bool asks_for(const std::vector<std::string>& wanted) {
    if (situation_.text.empty() || wanted.empty()) return false;
    if (!words_) words_ = search_words(situation_.text);
    return std::ranges::all_of(wanted, [this](const std::string& word) { return std::ranges::find(*words_, word) != words_->end(); });
  }
  bool resembles(const std::vector<float>& picture, double similarity_min) {
    if (picture.empty() || situation_.embedding.empty()) return false;
    if (!vector_) vector_ = model_.projection.apply(situation_.embedding);
    return model_.parameters.calibration.score(static_cast<double>(dot(vector_->data(), picture.data(), picture.size()))) >= similarity_min;
  }

  const ServingModel& model_;
  const CategoryCache::Tree& categories_;
  const SearchSituation& situation_;
  std::optional<std::vector<std::string>> words_;
  std::optional<std::vector<float>> vector_;
};

// Of products that no rule before has decided about.
void add_products(const ReadyRule& ready, std::unordered_set<int64_t>& decided, Curation& curation) {
  const bool by_stock = curation.hide_out_of_stock || curation.sink_out_of_stock;
  auto place = static_cast<size_t>(ready.rule.place);
  for (const ReadyRule::Product& product : ready.products) {
    if (!decided.insert(product.id).second) continue;
    if (ready.rule.action == RuleAction::kPin && (product.in_stock || !by_stock)) curation.pins.push_back({product.id, place++});
    if (ready.rule.action == RuleAction::kHide) curation.hidden.push_back(product.id);
    if (ready.rule.action == RuleAction::kBoost) curation.boosts.emplace(product.id, ready.rule.boost);
  }
}

}  // namespace

Result<ReadyRules> make_ready(Catalog& catalog, const ServingModel& model, const std::vector<CurationRule>& rules) {
  std::vector<std::string> names;
  for (const CurationRule& rule : rules) names.insert(names.end(), rule.products.begin(), rule.products.end());
  const auto ids = catalog.product_ids(names);
  if (!ids) return propagate(ids);
  std::vector<ProductId> known;
  for (const auto& id : *ids) {
    if (id) known.push_back(*id);
  }
  const auto cards = catalog.cards(known, "en");
  if (!cards) return propagate(cards);
  std::unordered_map<std::string, ReadyRule::Product> products;
  for (const ProductCard& card : *cards) products.emplace(card.external_id, ReadyRule::Product{card.id.value, card.in_stock});
  std::vector<ReadyRule> ready;
  for (const CurationRule& rule : rules) {
    ReadyRule& one = ready.emplace_back(ReadyRule{.rule = rule, .words = search_words(rule.words), .picture = {}, .products = {}});
    if (!rule.vector.empty()) {
      if (const auto embedding = model.codec->decode(rule.vector)) one.picture = model.projection.apply(*embedding);
    }
    for (const std::string& name : rule.products) {
      if (const auto product = products.find(name); product != products.end()) one.products.push_back(product->second);
    }
  }
  return std::make_shared<const std::vector<ReadyRule>>(std::move(ready));
}

Result<ReadyRules> CurationCache::get(Catalog& catalog, int64_t seq, const ServingModel& model) {
  {
    const std::lock_guard lock(mutex_);
    if (rules_ != nullptr && seq == seq_ && model.row.generation == generation_) return rules_;
  }
  const auto stored = CurationStore(catalog).rules();
  if (!stored) return propagate(stored);
  const auto ready = make_ready(catalog, model, *stored);
  if (!ready) return propagate(ready);
  const std::lock_guard lock(mutex_);
  if (rules_ == nullptr || seq >= seq_) {
    rules_ = *ready;
    seq_ = seq;
    generation_ = model.row.generation;
  }
  return *ready;
}

Curation curation_of(const std::vector<ReadyRule>& rules, const ServingModel& model, const CategoryCache::Tree& categories, const SearchSituation& situation) {
  Curation curation;
  RuleMatcher matcher(model, categories, situation);
  std::vector<const ReadyRule*> matching;
  for (const ReadyRule& ready : rules) {
    if (matcher.is_for(ready)) matching.push_back(&ready);
  }
  const auto stock = std::ranges::find_if(matching, [](const ReadyRule* ready) { return !names_products(ready->rule.action); });
  if (stock != matching.end()) {
    const bool hides = (*stock)->rule.action == RuleAction::kHideOutOfStock;
    (hides ? curation.hide_out_of_stock : curation.sink_out_of_stock) = true;
  }
  std::unordered_set<int64_t> decided;
  for (const ReadyRule* ready : matching) add_products(*ready, decided, curation);
  return curation;
}

}  // namespace nozama
