// schema.org's products: JSON-LD by itself, a line each, or in a page.
#include <boost/json.hpp>

#include "feeds/dialects.h"
#include "feeds/json_pieces.h"
#include "feeds/rows_feed.h"
#include "feeds/schema_org_row.h"

namespace nozama {
namespace {

namespace json = boost::json;

class SchemaOrgFeed final : public RowsFeed {
 public:
  SchemaOrgFeed(FeedInput input, SchemaOrgSyntax syntax) : RowsFeed(std::move(input), "schema-org") {
    if (syntax == SchemaOrgSyntax::kLines) pieces_ = std::make_unique<LinePieces>(bytes());
    if (syntax == SchemaOrgSyntax::kDocument) pieces_ = std::make_unique<JsonPieces>(bytes());
    if (syntax == SchemaOrgSyntax::kHtml) pieces_ = std::make_unique<ScriptPieces>(bytes());
  }

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) override {
    const auto piece = pieces_->next();
    if (!piece) return false;
    if (piece->error) {
      errors.push_back(builder_.row_error(piece->line, piece->error->reason, piece->error->message));
      return true;
    }
    boost::system::error_code error;
    const json::value value = json::parse(piece->text, error);
    if (error) {
      errors.push_back(builder_.row_error(piece->line, "bad_json", "what begins here is not valid JSON: " + error.message()));
    } else {
      rows = schema_org_rows(value, piece->line);
    }
    return true;
  }

 private:
  std::unique_ptr<PieceReader> pieces_;
};

}  // namespace

std::unique_ptr<FeedReader> open_schema_org_feed(FeedInput input, SchemaOrgSyntax syntax) { return std::make_unique<SchemaOrgFeed>(std::move(input), syntax); }

}  // namespace nozama
