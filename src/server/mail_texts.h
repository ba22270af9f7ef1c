// What the shop's mails say, in the languages of its storefront.
#pragma once

#include <string_view>

namespace nozama {

// With fields for fmt::format: {0}, {1} … as said.
struct MailTexts {
  std::string_view language;
  std::string_view verify_subject, verify_text;  // {0} the shop's address, {1} the token
  std::string_view known_subject, known_text;    // {0} the shop's address
  std::string_view reset_subject, reset_text;    // {0} the shop's address, {1} the token
  std::string_view order_subject;                // {0} the order's number
  std::string_view order_thanks;                 // {0} the same
  std::string_view order_total;                  // {0} an amount
  std::string_view order_status;                 // {0} an address
  std::string_view order_mistake;
};

// `wanted`: a language tag or the header Accept-Language. English for what is none of ours.
const MailTexts& mail_texts(std::string_view wanted);

}  // namespace nozama
