// Which dialect a file of JSON (or Python literals) is, by the names in its first records.
#include <boost/json.hpp>
#include <set>
#include <string>

#include "feeds/csv_parser.h"
#include "feeds/dialects.h"
#include "feeds/json_row.h"
#include "feeds/python_literal.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kStartBytes = size_t{1} << 20;
constexpr int kLinesLookedAt = 20;

struct Glimpse {
  std::set<std::string, std::less<>> names;  // of the first lines that are objects
  bool begins_with_object = false;           // as files of lines do
  bool has(std::string_view name) const { return names.contains(name); }
};

Glimpse glimpse(std::string_view start) {
  Glimpse seen;
  bool first = true;
  for (int line = 0; line < kLinesLookedAt && !start.empty(); ++line) {
    const size_t end = std::min(start.find('\n'), start.size());
    const std::string_view text = trim(start.substr(0, end));
    start.remove_prefix(std::min(end + 1, start.size()));
    if (text.empty()) continue;
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (first && !error) seen.begins_with_object = value.is_object();
    first = false;
    if (error) {
      auto literal = parse_python_literal(text);
      if (!literal) continue;
      value = std::move(*literal);
    }
    if (!value.is_object()) continue;
    for (const auto& member : value.get_object()) seen.names.insert(std::string(member.key()));
  }
  return seen;
}

std::string_view review_dialect(const Glimpse& seen) {
  if (seen.has("user_id") && (seen.has("parent_asin") || seen.has("asin")) && seen.has("rating")) return "amazon-reviews-2023";
  if (!seen.has("reviewerID") || !seen.has("asin")) return "";
  return seen.has("verified") || seen.has("vote") || seen.has("style") ? "amazon-reviews-2018" : "amazon-reviews-2014";
}

std::string_view metadata_dialect(const Glimpse& seen) {
  if (seen.has("id") || !(seen.has("asin") || seen.has("parent_asin"))) return "";
  if (seen.has("parent_asin")) return "amazon-2023";
  for (const char* name : {"also_buy", "also_view", "main_cat", "category", "rank", "tech1", "imageURL", "imageURLHighRes", "feature"}) {
    if (seen.has(name)) return "amazon-2018";
  }
  return "amazon-2014";
}

}  // namespace

Result<std::unique_ptr<FeedReader>> open_json_feed(FeedInput input) {
  const std::string_view start = input.bytes->look_ahead(kStartBytes);
  const Glimpse seen = glimpse(start);
  const bool linked_data = start.find("\"@type\"") != std::string_view::npos || start.find("\"@context\"") != std::string_view::npos;
  if (linked_data && (!seen.begins_with_object || seen.has("@context") || seen.has("@type") || seen.has("@graph"))) {
    return open_schema_org_feed(std::move(input), seen.begins_with_object ? SchemaOrgSyntax::kLines : SchemaOrgSyntax::kDocument);
  }
  if (const std::string_view dialect = review_dialect(seen); !dialect.empty()) return open_amazon_reviews(std::move(input), dialect);
  if (const std::string_view dialect = metadata_dialect(seen); !dialect.empty()) return open_amazon_feed(std::move(input), dialect);
  if (trim(start).starts_with('[')) {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", input.name + " is a JSON array; write one object a line (JSONL)");
  }
  return open_jsonl_feed(std::move(input));
}

}  // namespace nozama
