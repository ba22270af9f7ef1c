// What an order request must fulfil, and how two are told apart.
#pragma once

#include <string>

#include "base/error.h"
#include "catalog/orders.h"

namespace nozama {

// kInvalidArgument "bad_…" with the field's name and what is wrong.
Status validate(const OrderRequest& request);

// Equal for requests that ask for the same.
std::string digest(const OrderRequest& request);

}  // namespace nozama
