#include "catalog/curation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/validation.h"

namespace nozama {
namespace {

constexpr size_t kLineBytesMax = 512;
constexpr size_t kVectorBytesMax = 8192;

std::unexpected<Error> bad(std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_rule", std::move(message)); }

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

constexpr std::string_view kSelect =
    "SELECT id, name, enabled, position, starts_ms, ends_ms, words, category, vector, similarity_min, action, products, place, boost FROM curation_rule";

CurationRule read_rule(const sql::Rows& rows) {
  return {.id = RuleId{rows.integer(0)},
          .name = rows.text(1),
          .enabled = rows.integer(2) != 0,
          .position = rows.integer(3),
          .starts_ms = rows.optional_integer(4),
          .ends_ms = rows.optional_integer(5),
          .words = rows.text(6),
          .category = rows.text(7),
          .vector = rows.text(8),
          .similarity_min = rows.real(9),
          .action = static_cast<RuleAction>(rows.integer(10)),
          .products = split_lines(rows.text_view(11)),
          .place = static_cast<int>(rows.integer(12)),
          .boost = rows.real(13)};
}

std::unexpected<Error> unknown(RuleId id) { return fail(ErrorCode::kNotFound, "unknown_rule", fmt::format("there is no curation rule {}", id.value)); }

Result<RuleId> insert(sql::Connection& db, const CurationRule& rule) {
  const auto count = sql::query_integer(db, "SELECT COUNT(*) FROM curation_rule");
  if (!count) return propagate(count);
  if (std::cmp_greater_equal(count->value_or(0), RuleLimits::kRulesMax))
    return bad(fmt::format("there are {} rules already; remove one", RuleLimits::kRulesMax));
  const auto id =
      sql::query_integer(db,
                         "INSERT INTO curation_rule (name, enabled, position, starts_ms, ends_ms, words, category, vector, similarity_min, action,"
                         " products, place, boost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                         rule.name, rule.enabled ? 1 : 0, rule.position, rule.starts_ms, rule.ends_ms, rule.words, rule.category, rule.vector,
                         rule.similarity_min, static_cast<int>(rule.action), fmt::format("{}", fmt::join(rule.products, "\n")), rule.place, rule.boost);
  if (!id) return propagate(id);
  return RuleId{id->value_or(0)};
}

Result<RuleId> update(sql::Connection& db, const CurationRule& rule) {
  const auto id = sql::query_integer(db,
                                     "UPDATE curation_rule SET name = ?, enabled = ?, position = ?, starts_ms = ?, ends_ms = ?, words = ?, category = ?,"
                                     " vector = ?, similarity_min = ?, action = ?, products = ?, place = ?, boost = ? WHERE id = ? RETURNING id",
                                     rule.name, rule.enabled ? 1 : 0, rule.position, rule.starts_ms, rule.ends_ms, rule.words, rule.category, rule.vector,
                                     rule.similarity_min, static_cast<int>(rule.action), fmt::format("{}", fmt::join(rule.products, "\n")), rule.place,
                                     rule.boost, rule.id);
  if (!id) return propagate(id);
  if (!*id) return unknown(rule.id);
  return rule.id;
}

}  // namespace

std::string_view rule_action_name(RuleAction action) { return kRuleActionNames[static_cast<size_t>(action)]; }

std::optional<RuleAction> rule_action_from_name(std::string_view name) {
  const auto* const found = std::ranges::find(kRuleActionNames, name);
  if (found == std::end(kRuleActionNames)) return std::nullopt;
  return static_cast<RuleAction>(found - std::begin(kRuleActionNames));
}

bool names_products(RuleAction action) { return action == RuleAction::kPin || action == RuleAction::kHide || action == RuleAction::kBoost; }

Status check_rule(const CurationRule& rule) {
  const auto is_line = [](const std::string& text) { return text.size() <= kLineBytesMax && is_clean_line(text); };
  if (rule.name.empty() || !is_line(rule.name)) return bad(fmt::format("a rule needs a name of one line of at most {} bytes", kLineBytesMax));
  if (!is_line(rule.words) || !is_line(rule.category)) return bad(fmt::format("words and category are one line of at most {} bytes", kLineBytesMax));
  if (rule.vector.size() > kVectorBytesMax || !is_clean_line(rule.vector)) return bad("vector must be the query.vector of a search's answer");
  if (!(rule.similarity_min >= 0 && rule.similarity_min <= 1)) return bad("similarity_min must be from 0 to 1");
  if (rule.starts_ms && rule.ends_ms && *rule.starts_ms >= *rule.ends_ms) return bad("a rule must start before it ends");
  if (rule.place < 1 || rule.place > RuleLimits::kPlaceMax) return bad(fmt::format("place must be from 1 to {}", RuleLimits::kPlaceMax));
  if (!(rule.boost > 0 && rule.boost <= RuleLimits::kBoostMax)) return bad(fmt::format("boost must be above 0 and at most {}", RuleLimits::kBoostMax));
  if (names_products(rule.action) && rule.products.empty()) return bad("name the products that the rule is about");
  if (!names_products(rule.action) && !rule.products.empty()) return bad("a rule about stock is for all products; it names none");
  if (rule.products.size() > RuleLimits::kProductsMax) return bad(fmt::format("a rule names at most {} products", RuleLimits::kProductsMax));
  const auto is_id = [&](const std::string& id) { return !id.empty() && is_line(id); };
  if (!std::ranges::all_of(rule.products, is_id)) return bad("a product's id is one line, and not empty");
  return {};
}

Result<std::vector<CurationRule>> CurationStore::rules() {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<std::vector<CurationRule>> {
    std::vector<CurationRule> rules;
    sql::Rows rows = sql::query(db, fmt::format("{} ORDER BY position, id", kSelect));
    while (rows.next()) rules.push_back(read_rule(rows));
    if (!rows.ok()) return rows.failure();
    return rules;
  });
}

Result<CurationRule> CurationStore::rule(RuleId id) {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<CurationRule> {
    sql::Rows rows = sql::query(db, fmt::format("{} WHERE id = ?", kSelect), id);
    if (rows.next()) return read_rule(rows);
    if (!rows.ok()) return rows.failure();
    return unknown(id);
  });
}

Result<CurationRule> CurationStore::save(const CurationRule& rule) {
  if (auto valid = check_rule(rule); !valid) return propagate(valid);
  return catalog_.pool().write([&](sql::Connection& db) -> Result<CurationRule> {
    CurationRule saved = rule;
    const auto id = rule.id.value == 0 ? insert(db, rule) : update(db, rule);
    if (!id) return propagate(id);
    saved.id = *id;
    if (auto logged = append_changes(db, ChangeKind::kCuration, {saved.id.value}); !logged) return propagate(logged);
    return saved;
  });
}

Status CurationStore::remove(RuleId id) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    const auto removed = sql::query_integer(db, "DELETE FROM curation_rule WHERE id = ? RETURNING id", id);
    if (!removed) return propagate(removed);
    if (!*removed) return unknown(id);
    return append_changes(db, ChangeKind::kCuration, {id.value});
  });
}

}  // namespace nozama
