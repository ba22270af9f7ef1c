// A record of the Amazon product metadata of 2014, 2018 or 2023 in our field names: docs/feeds/amazon.md.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "feeds/draft_builder.h"

namespace nozama {

FieldRow amazon_row(const boost::json::object& product, int64_t line);

// "" unless the text is a decimal: "12.99", "$12.99", the lower end of "$7.50 - $12.00", "from 9.99". What is no price at
// all (scraped scripts, "See price in cart") is ""; what looks like one and cannot be read stays as it is, to be refused.
std::string amazon_price(std::string_view text);

}  // namespace nozama
