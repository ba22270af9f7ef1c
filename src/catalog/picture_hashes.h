// Every picture that the catalogue names, once.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace nozama {

// Content hashes in their order, at most `limit` of those after `after`; "" = from the start.
Result<std::vector<std::string>> picture_hashes(Catalog& catalog, const std::string& after, int limit);

// All of them, some hundred at a time, so that memory stays small and no transaction stays open. An error of the callback ends it.
Status for_each_picture_hash(Catalog& catalog, const std::function<Status(const std::string&)>& callback);

}  // namespace nozama
