// The mail that confirms an order.
#pragma once

#include <string>

#include "catalog/orders.h"
#include "engine/mailer.h"

namespace nozama {

// To the order's address, in its language: what was ordered, at what price, and where to look (with a `public_url`). Nothing that the shopper has typed is in
// the text, so that nobody can send words of their own to others through the shop.
Mail order_mail(const Order& order, const std::string& public_url);

}  // namespace nozama
