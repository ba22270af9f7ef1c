// Orders, carts and favourites as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/orders.h"

namespace nozama {

std::string order_json(const Order& order);
std::string order_page_json(const OrderPage& page);
std::string cart_json(const std::vector<CheckedLine>& lines);
// The problem with one member more: the lines as they are now.
std::string cart_problem_json(std::string_view problem, const std::vector<CheckedLine>& lines);

}  // namespace nozama
