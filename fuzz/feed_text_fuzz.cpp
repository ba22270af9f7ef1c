// Any bytes as a price, as HTML and as a literal of Python.
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "feeds/amazon_row.h"
#include "feeds/csv_parser.h"
#include "feeds/draft_builder.h"
#include "feeds/html_text.h"
#include "feeds/money_text.h"
#include "feeds/python_literal.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto money = read_money(text)) {
    if (parse_price(money->amount) != money->amount) abort_with("a price that is not plain");
    if (!money->currency.empty() && money->currency.size() != 3) abort_with("a currency of other than three letters");
  }
  amazon_price(text);
  const std::string plain = html_to_text(text);
  if (plain.size() > text.size()) abort_with("text longer than its HTML");
  if (is_utf8(text) && !is_utf8(plain)) abort_with("HTML broke a character");
  if (const auto literal = parse_python_literal(text)) {
    if (is_utf8(text) && !is_utf8(boost::json::serialize(*literal))) abort_with("a literal broke a character");
  } else if (literal.error().reason != "bad_literal") {
    abort_with("another error");
  }
  return 0;
}
