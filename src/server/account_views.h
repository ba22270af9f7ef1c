// Keys and accounts as JSON. A secret is in the answer that made it and in no other.
#pragma once

#include <string>
#include <vector>

#include "catalog/accounts.h"

namespace nozama {

std::string key_json(const ApiKey& key);
std::string new_key_json(const NewApiKey& made);
std::string keys_json(const std::vector<ApiKey>& keys);

}  // namespace nozama
