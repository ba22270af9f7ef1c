// schema.org's Product in our field names: docs/feeds/schema-org.md.
#pragma once

#include <boost/json/value.hpp>
#include <vector>

#include "feeds/draft_builder.h"

namespace nozama {

// A row for each product in the value, wherever it stands; of a ProductGroup one for itself and one for each variant. A
// page's BreadcrumbList is the category of products without one.
std::vector<FieldRow> schema_org_rows(const boost::json::value& value, int64_t line);

}  // namespace nozama
