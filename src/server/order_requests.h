// Bodies of orders and carts: JSON → what the catalogue takes.
#pragma once

#include <string_view>

#include "base/error.h"
#include "catalog/orders.h"

namespace nozama {

// kInvalidArgument "bad_json", "bad_parameter" (a member of the wrong kind, or missing) or "unknown_parameter"; bounds and rules are the catalogue's.
Result<Cart> read_cart(std::string_view body);
// Without its key and account.
Result<OrderRequest> read_order_request(std::string_view body);
// {"status": "confirmed"}
Result<OrderState> read_order_state(std::string_view body);

}  // namespace nozama
