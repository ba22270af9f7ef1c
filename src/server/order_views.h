// Orders, carts and favourites as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/accounts.h"
#include "catalog/audit.h"
#include "catalog/orders.h"

namespace nozama {

struct AccountExport {
  Account account;
  std::vector<Order> orders;            // newest first
  std::vector<std::string> favourites;  // external ids
  std::vector<AuditEntry> actions;
};

std::string order_json(const Order& order);
std::string order_page_json(const OrderPage& page);
std::string cart_json(const std::vector<CheckedLine>& lines);
// The problem with one member more: the lines as they are now.
std::string cart_problem_json(std::string_view problem, const std::vector<CheckedLine>& lines);

std::string account_export_json(const AccountExport& data);

}  // namespace nozama
