#include "server/order_mail.h"

#include <fmt/format.h>

#include "catalog/money.h"

namespace nozama {

Mail order_mail(const Order& order, const std::string& public_url) {
  const auto money = [&order](int64_t minor) { return fmt::format("{} {}", format_money(minor, order.currency), order.currency); };
  std::string text = fmt::format("Thank you for your order {}. The shop will contact you about payment and delivery.\n\n", order.number);
  for (const OrderLine& line : order.lines) {
    const std::string variant = line.variant_title.empty() ? "" : fmt::format(" ({})", line.variant_title);
    text += fmt::format("{} × {}{}: {}\n", line.quantity, line.title, variant, money(line.quantity * line.price_minor));
  }
  text += fmt::format("\nTotal: {}\n", money(order.total_minor));
  if (!public_url.empty()) text += fmt::format("\nHow it is going: {}/order/{}#{}\n", public_url, order.number, order.token);
  text += "\nIf you did not order this, somebody has given your address by mistake: answer this mail and the shop will cancel it.\n";
  return {.to = order.contact.email, .subject = fmt::format("Your order {}", order.number), .text = std::move(text)};
}

}  // namespace nozama
