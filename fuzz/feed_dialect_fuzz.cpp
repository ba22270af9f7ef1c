// Any bytes as a feed of a dialect that the first byte chooses, whatever they look like.
#include <array>

#include "feeds/dialects.h"
#include "feeds_for_fuzz.h"

namespace {

using namespace nozama;

constexpr std::array<std::string_view, 4> kHeaders = {
    "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Image Src,Variant Image\n",
    "ID,Type,SKU,Name,Description,Stock,Sale price,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n",
    "id\ttitle\tdescription\timage link\tadditional image link\tprice\tsale price\tavailability\titem group id\tproduct type\n",
    "gs://b/o.jpg,i,s,p,c,t,a=b,\n"};

Result<std::unique_ptr<FeedReader>> open_as(size_t dialect, FeedInput input) {
  switch (dialect) {
    case 0: return open_merchant_xml_feed(std::move(input));
    case 1: return open_schema_org_feed(std::move(input), SchemaOrgSyntax::kLines);
    case 2: return open_schema_org_feed(std::move(input), SchemaOrgSyntax::kDocument);
    case 3: return open_schema_org_feed(std::move(input), SchemaOrgSyntax::kHtml);
    case 4: return open_amazon_feed(std::move(input), "amazon-2014");
    case 5: return open_amazon_reviews(std::move(input), "amazon-reviews-2014");
    case 6: return open_jsonl_feed(std::move(input));
    case 7: input.bytes->decoder().pass_through(); return open_feature_feed(std::move(input));
    default: return open_csv_feed(std::move(input));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr size_t kOthers = 8;
  const size_t dialect = data[0] % (kOthers + kHeaders.size());
  std::string text(dialect < kOthers ? "" : kHeaders[dialect - kOthers]);
  text.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto path = fuzz_file("feed", text);
  const auto feed = open_as(dialect, {"feed", static_cast<int64_t>(text.size()), std::make_unique<FeedBytes>(path), {}});
  if (feed) read_items(**feed, "feed");
  return 0;
}
