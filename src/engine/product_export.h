// Every product as lines of our JSONL (docs/feeds/jsonl.md), which import as what they are.
#pragma once

#include <string>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

class ProductExport {
 public:
  explicit ProductExport(Catalog& catalog) : catalog_(catalog) {}

  // The next lines, in order of arrival and constant memory; "" = that was all. What comes or goes meanwhile may be in it or not.
  Result<std::string> next();

 private:
  Catalog& catalog_;
  ProductId last_ = {};
};

}  // namespace nozama
