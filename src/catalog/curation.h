// Rules by which a shop's people change what searches and lists show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

using RuleId = Id<struct RuleTag>;

// Stored as numbers: append only. Pin: in a place of their own, also when the search would not find them. Hide: not at all. Boost:
// their score is raised where the search finds them. The other two are for every product without stock: not at all, or after the others.
enum class RuleAction { kPin, kHide, kBoost, kHideOutOfStock, kSinkOutOfStock };
inline constexpr std::string_view kRuleActionNames[] = {"pin", "hide", "boost", "hide_out_of_stock", "sink_out_of_stock"};

std::string_view rule_action_name(RuleAction action);
std::optional<RuleAction> rule_action_from_name(std::string_view name);
bool names_products(RuleAction action);

struct RuleLimits {
  static constexpr size_t kRulesMax = 200;
  static constexpr size_t kProductsMax = 50;  // of one rule
  static constexpr int kPlaceMax = 100;
  static constexpr double kBoostMax = 0.5;
};

struct CurationRule {
  RuleId id = {};
  std::string name = {};
  bool enabled = true;
  int64_t position = 0;                                 // the first rule that names a product decides about it
  std::optional<int64_t> starts_ms = {}, ends_ms = {};  // since 1970; the end is not within
  // What it is for: all conditions that are given must hold. Without any: everything.
  std::string words = {};       // every one is among the search's words
  std::string category = {};    // slug: chosen, or seen in the photo; the categories below it too
  std::string vector = {};      // query.vector of a picture that the photo or product resembles …
  double similarity_min = 0.8;  // … with at least this calibrated score
  RuleAction action = RuleAction::kPin;
  std::vector<std::string> products = {};  // external ids, where names_products()
  int place = 1;                           // of a pin: its first product's among the results; the others follow
  double boost = 0.1;                      // of a boost: added to the calibrated score
};

// Thread-safe; errors as the catalogue's. Every change has an entry in the change log, so that all servers see it.
class CurationStore {
 public:
  explicit CurationStore(Catalog& catalog) : catalog_(catalog) {}

  Result<std::vector<CurationRule>> rules();  // in the order in which they apply
  Result<CurationRule> rule(RuleId id);       // kNotFound "unknown_rule"
  // rule.id {0} = a new one. kInvalidArgument "bad_rule", see check_rule(); kNotFound "unknown_rule".
  Result<CurationRule> save(const CurationRule& rule);
  Status remove(RuleId id);  // kNotFound "unknown_rule"

 private:
  Catalog& catalog_;
};

// kInvalidArgument "bad_rule" when it is not as described above: the message says what to change.
Status check_rule(const CurationRule& rule);

}  // namespace nozama
