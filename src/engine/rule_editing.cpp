#include "engine/rule_editing.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "engine/curation_rules.h"
#include "engine/engine.h"
#include "engine/live_index.h"
#include "engine/workspace.h"
#include "model/vector_codec.h"

namespace nozama {
namespace {

Result<std::vector<PreviewedProduct>> ask(Engine& engine, const PreviewQuery& query, const ReadyRules& rules) {
  std::vector<PreviewedProduct> products;
  if (query.vector.empty() && query.product_id.empty()) {
    auto answer =
        engine.products({.page = {.category = query.category, .text = query.text, .limit = PreviewQuery::kLimit, .lang = query.lang}, .rules = rules});
    if (!answer) return propagate(answer);
    for (ProductCard& card : answer->page.products) {
      const bool pinned = std::ranges::find(answer->pinned, card.id) != answer->pinned.end();
      products.push_back({std::move(card), pinned});
    }
    return products;
  }
  SearchQuery search{.subject = VectorSubject{query.vector}, .limit = PreviewQuery::kLimit, .lang = query.lang, .rules = rules};
  if (!query.product_id.empty()) search.subject = ProductSubject{query.product_id};
  if (!query.category.empty()) search.category = query.category;
  if (!query.text.empty()) search.text = query.text;
  auto answer = engine.search(search);
  if (!answer) return propagate(answer);
  for (SearchHit& hit : answer->results) products.push_back({std::move(hit.product), hit.pinned});
  return products;
}

}  // namespace

Status check_against_shop(Engine& engine, const CurationRule& rule) {
  Catalog& catalog = engine.workspace().catalog();
  if (!rule.category.empty()) {
    const auto category = catalog.category_by_slug(rule.category);
    if (!category && category.error().code == ErrorCode::kNotFound) {
      return fail(ErrorCode::kInvalidArgument, "unknown_category",
                  fmt::format("there is no category '{}'; GET /api/v1/categories lists them", rule.category.substr(0, 200)));
    }
    if (!category) return propagate(category);
  }
  const auto ids = catalog.product_ids(rule.products);
  if (!ids) return propagate(ids);
  for (size_t i = 0; i < ids->size(); ++i) {
    if (!(*ids)[i]) return fail(ErrorCode::kInvalidArgument, "unknown_product", fmt::format("there is no product '{}'", rule.products[i].substr(0, 200)));
  }
  if (rule.vector.empty()) return {};
  if (const auto decoded = engine.live().model->codec->decode(rule.vector); !decoded) return propagate(decoded);
  return {};
}

bool is_outdated(Engine& engine, const CurationRule& rule) { return !rule.vector.empty() && !engine.live().model->codec->decode(rule.vector); }

Result<RulePreview> preview_rule(Engine& engine, CurationRule rule, const PreviewQuery& query) {
  if (Status valid = check_rule(rule); !valid) return propagate(valid);
  if (Status valid = check_against_shop(engine, rule); !valid) return propagate(valid);
  rule.enabled = true;
  rule.starts_ms = rule.ends_ms = std::nullopt;
  Catalog& catalog = engine.workspace().catalog();
  auto rules = CurationStore(catalog).rules();
  if (!rules) return propagate(rules);
  if (rule.id.value != 0) std::erase_if(*rules, [&](const CurationRule& other) { return other.id == rule.id; });
  const Live live = engine.live();
  const auto others = make_ready(catalog, *live.model, *rules);
  if (!others) return propagate(others);
  rules->insert(std::ranges::upper_bound(*rules, rule.position, {}, &CurationRule::position), rule);
  const auto all = make_ready(catalog, *live.model, *rules);
  if (!all) return propagate(all);
  auto without = ask(engine, query, *others);
  if (!without) return propagate(without);
  auto with = ask(engine, query, *all);
  if (!with) return propagate(with);
  return RulePreview{std::move(*without), std::move(*with)};
}

}  // namespace nozama
