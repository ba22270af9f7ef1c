// Our values as JSON: the only place where the API's answers get their shape (docs/openapi.yaml).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/recall_record.h"
#include "engine/rule_editing.h"
#include "engine/search.h"

namespace nozama {

// Text that is not valid UTF-8 comes out with U+FFFD in place of the broken bytes: an answer is always valid JSON.
// Prices are decimals in major units; picture addresses are paths of this server.

// `query_id`: names this search in events; "" = it is not offered.
std::string search_answer_json(const SearchAnswer& answer, const std::string& query_id = "");
std::string product_json(const ProductDetails& product);
std::string product_page_json(const ListAnswer& answer, const ProductListQuery& query, const std::string& query_id = "");
std::string suggestions_json(const Suggestions& suggestions);
std::string similar_json(const std::vector<SearchHit>& hits);
std::string product_cards_json(const std::vector<ProductCard>& products);
std::string categories_json(const std::vector<CategoryNode>& categories);
std::string shop_json(const ShopInfo& shop);
std::string shelves_json(const HomeShelves& shelves);
std::string rule_preview_json(const RulePreview& preview);
std::string recall_json(const RecallFigures& figures);

struct ProblemView {
  std::string_view title;
  int status = 500;
  std::string_view detail;
  std::string_view code;
  std::string_view request_id;
};
std::string problem_json(const ProblemView& problem);

}  // namespace nozama
