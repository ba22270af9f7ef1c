#include "server/order_mail.h"

#include <fmt/format.h>

#include "catalog/money.h"
#include "server/mail_texts.h"

namespace nozama {

Mail order_mail(const Order& order, const std::string& public_url) {
  const MailTexts& texts = mail_texts(order.lang);
  const auto money = [&order](int64_t minor) { return fmt::format("{} {}", format_money(minor, order.currency), order.currency); };
  std::string text = fmt::format(fmt::runtime(texts.order_thanks), order.number) + "\n\n";
  for (const OrderLine& line : order.lines) {
    const std::string variant = line.variant_title.empty() ? "" : fmt::format(" ({})", line.variant_title);
    text += fmt::format("{} × {}{}: {}\n", line.quantity, line.title, variant, money(line.quantity * line.price_minor));
  }
  text += "\n" + fmt::format(fmt::runtime(texts.order_total), money(order.total_minor)) + "\n";
  const std::string page = fmt::format("{}/order/{}#{}", public_url, order.number, order.token);
  if (!public_url.empty()) text += "\n" + fmt::format(fmt::runtime(texts.order_status), page) + "\n";
  text += fmt::format("\n{}\n", texts.order_mistake);
  return {.to = order.contact.email, .subject = fmt::format(fmt::runtime(texts.order_subject), order.number), .text = std::move(text)};
}

}  // namespace nozama
